with
    graphs as (select * from {{ ref("int_spinner__graphs_listed") }}),

    nodes as (select * from {{ ref("dim_graph_nodes") }}),

    edges as (select * from {{ ref("fct_comparison_edges") }}),

    masses as (
        select edges.graph, nodes.node_rank, nodes.x, nodes.y, sum(edges.weight) as mass
        from edges
        inner join nodes on edges.lab = nodes.lab and edges.to_node = nodes.node
        group by edges.graph, nodes.node_rank, nodes.x, nodes.y
    ),

    centroids as (
        select
            graph,
            cast(sum(mass) as bigint) as total_weight,
            {{ ordered_sum("mass * x", ["node_rank"]) }}
            / nullif(cast(sum(mass) as double), 0) as centroid_x,
            {{ ordered_sum("mass * y", ["node_rank"]) }}
            / nullif(cast(sum(mass) as double), 0) as centroid_y
        from masses
        group by graph
    ),

    comparison_graphs as (
        select
            graphs.graph,
            graphs.lab,
            graphs.course,
            graphs.term,
            graphs.graph_kind,
            graphs.task_rank,
            graphs.label,
            graphs.centroid_key,
            graphs.task_rank is not null as is_task,
            graphs.is_published,
            graphs.student_count,
            centroids.total_weight,
            centroids.centroid_x,
            centroids.centroid_y
        from graphs
        left join centroids on graphs.graph = centroids.graph
    )

select *
from comparison_graphs
