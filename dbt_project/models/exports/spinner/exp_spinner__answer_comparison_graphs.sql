with
    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    graph_nodes as (select * from {{ ref("dim_graph_nodes") }}),

    comparison_edges as (select * from {{ ref("fct_comparison_edges") }}),

    comparison_nodes as (select * from {{ ref("fct_comparison_nodes") }}),

    node_lists as (
        select
            lab,
            {{ ordered_list(dashboard_node("graph_nodes"), ["graph_nodes.node_rank"]) }} as nodes
        from graph_nodes
        group by lab
    ),

    edge_lists as (
        select
            graph,
            {{
                ordered_list(
                    dashboard_edge("comparison_edges"), ["from_rank", "to_rank"], "weight > 0"
                )
            }} as edges
        from comparison_edges
        group by graph
    ),

    centralities as (
        select
            graph,
            {{ object({"in_centrality": ordered_map("node", "in_centrality", ["node_rank"])}) }}
            as node_info
        from comparison_nodes
        group by graph
    ),

    answers as (
        select
            graphs.graph,
            graphs.lab,
            node_lists.nodes,
            {{ list_or_empty("edge_lists.edges") }} as edges,
            centralities.node_info
        from graphs
        inner join node_lists on graphs.lab = node_lists.lab
        left join edge_lists on graphs.graph = edge_lists.graph
        inner join centralities on graphs.graph = centralities.graph
        where graphs.is_published
    )

select *
from answers
