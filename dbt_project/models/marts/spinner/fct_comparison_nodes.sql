with
    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    graph_nodes as (select * from {{ ref("dim_graph_nodes") }}),

    comparison_edges as (select * from {{ ref("fct_comparison_edges") }}),

    lab_sizes as (select lab, count(*) as node_count from graph_nodes group by lab),

    incoming as (
        select
            graph,
            to_node,
            cast(sum(weight) as bigint) as incoming_weight,
            cast(count(*) filter (where weight > 0) as integer) as source_count
        from comparison_edges
        group by graph, to_node
    ),

    comparison_nodes as (
        select
            graphs.graph,
            graphs.lab,
            graph_nodes.node,
            graph_nodes.node_rank,
            coalesce(incoming.incoming_weight, 0) as incoming_weight,
            coalesce(incoming.source_count, 0) as source_count,
            cast(coalesce(incoming.source_count, 0) as double)
            / nullif(lab_sizes.node_count - 1, 0) as in_centrality
        from graphs
        inner join graph_nodes on graphs.lab = graph_nodes.lab
        inner join lab_sizes on graphs.lab = lab_sizes.lab
        left join incoming on graphs.graph = incoming.graph and graph_nodes.node = incoming.to_node
    )

select *
from comparison_nodes
