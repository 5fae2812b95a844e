with
    graphs as (select * from {{ ref("int_spinner__graphs_listed") }}),

    nodes as (select * from {{ ref("dim_graph_nodes") }}),

    expert_commands as (select * from {{ ref("int_spinner__expert_commands_ordered") }}),

    graph_edges as (select * from {{ ref("spinner_graph_edges") }}),

    cohort_mean_edges as (select * from {{ ref("fct_cohort_mean_edges") }}),

    edges as (
        select graph, node as from_node, next_node as to_node, count(*) as weight
        from expert_commands
        where next_node is not null
        group by graph, node, next_node
        union all
        select graph, from_node, to_node, weight
        from graph_edges
        union all
        select
            concat(lab, '-', course, '-mean-', term) as graph,
            from_node,
            to_node,
            rounded_weight as weight
        from cohort_mean_edges
    ),

    comparison_edges as (
        select
            graphs.graph,
            graphs.lab,
            graphs.course,
            from_nodes.node as from_node,
            to_nodes.node as to_node,
            from_nodes.node_rank as from_rank,
            to_nodes.node_rank as to_rank,
            cast(coalesce(edges.weight, 0) as bigint) as weight
        from graphs
        inner join nodes as from_nodes on graphs.lab = from_nodes.lab
        inner join nodes as to_nodes on graphs.lab = to_nodes.lab
        left join
            edges
            on graphs.graph = edges.graph
            and from_nodes.node = edges.from_node
            and to_nodes.node = edges.to_node
    )

select *
from comparison_edges
