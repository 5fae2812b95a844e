-- An expert who gives k commands makes k - 1 edges; a matrix is taken whole.
with
    expert_runs as (select * from {{ ref("spinner_expert_runs") }}),

    graph_edges as (select * from {{ ref("spinner_graph_edges") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    expected as (
        select graph, sum(run_length) - 1 as total_weight
        from expert_runs
        group by graph
        union all
        select graph, sum(weight) as total_weight
        from graph_edges
        group by graph
    ),

    graphs_amiss as (
        select graphs.graph, graphs.total_weight, expected.total_weight as expected_weight
        from graphs
        left join expected on graphs.graph = expected.graph
        where
            graphs.graph_kind <> 'derived_mean'
            and graphs.total_weight is distinct from expected.total_weight
    )

select *
from graphs_amiss
