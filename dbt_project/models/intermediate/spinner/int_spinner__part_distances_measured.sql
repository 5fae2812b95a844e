{{ config(materialized="table") }}

with
    parts as (select * from {{ ref("int_spinner__graph_parts_spanned") }}),

    part_edges as (select * from {{ ref("int_spinner__part_edges_counted") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    comparison_edges as (select * from {{ ref("fct_comparison_edges") }}),

    distance_models as (select * from {{ ref("spinner_distance_models") }}),

    expected_cells as (
        select
            graphs.lab,
            graphs.course,
            graphs.graph,
            graphs.task_rank,
            distance_models.distance_model,
            distance_models.missing_edge_cost,
            distance_models.extra_edge_cost,
            distance_models.self_loop_factor,
            distance_models.upper_cut,
            distance_models.lower_cut,
            distance_models.shape,
            comparison_edges.from_node,
            comparison_edges.to_node,
            comparison_edges.from_rank,
            comparison_edges.to_rank,
            comparison_edges.weight as expected_weight
        from graphs
        inner join comparison_edges on graphs.graph = comparison_edges.graph
        inner join
            distance_models
            on (distance_models.distance_model = 'default' and graphs.is_task)
            or (
                distance_models.distance_model in ('exploration', 'exploration_legacy')
                and graphs.graph_kind = 'full'
            )
    ),

    cells as (
        select
            parts.student_key,
            parts.part_kind,
            parts.part_id,
            expected_cells.graph,
            expected_cells.task_rank,
            expected_cells.distance_model,
            expected_cells.missing_edge_cost,
            expected_cells.extra_edge_cost,
            expected_cells.self_loop_factor,
            expected_cells.upper_cut,
            expected_cells.lower_cut,
            expected_cells.shape,
            expected_cells.from_rank,
            expected_cells.to_rank,
            expected_cells.expected_weight,
            coalesce(part_edges.weight, 0) as student_weight
        from parts
        inner join
            expected_cells
            on parts.lab = expected_cells.lab
            and parts.course = expected_cells.course
        left join
            part_edges
            on parts.student_key = part_edges.student_key
            and parts.part_kind = part_edges.part_kind
            and parts.part_id = part_edges.part_id
            and expected_cells.from_node = part_edges.from_node
            and expected_cells.to_node = part_edges.to_node
    ),

    cell_costs as (
        select
            *,
            {{ missing_cost("student_weight", "expected_weight", "from_rank = to_rank", "cells") }}
            as missing_cost,
            {{ extra_cost("student_weight", "expected_weight", "from_rank = to_rank", "cells") }}
            as extra_cost,
            {{ weight_cost("student_weight", "expected_weight", "cells") }} as weight_cost
        from cells
    ),

    part_distances_measured as (
        select
            student_key,
            part_kind,
            part_id,
            graph,
            task_rank,
            distance_model,
            case
                when sum(student_weight) > 0
                then
                    sum(missing_cost)
                    + sum(extra_cost)
                    + coalesce(
                        {{ ordered_sum("weight_cost", ["from_rank", "to_rank"]) }}
                        / nullif(count(weight_cost), 0),
                        0
                    )
            end as distance
        from cell_costs
        group by student_key, part_kind, part_id, graph, task_rank, distance_model
    )

select *
from part_distances_measured
