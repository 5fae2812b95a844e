with
    cells as (select * from {{ ref("int_spinner__cells_paired") }}),

    distance_models as (select * from {{ ref("spinner_distance_models") }}),

    cell_costs as (
        select
            cells.student_key,
            cells.graph,
            cells.graph_kind,
            cells.task_rank,
            distance_models.distance_model,
            cells.from_rank,
            cells.to_rank,
            cells.student_weight,
            {{
                missing_cost(
                    "cells.student_weight",
                    "cells.expected_weight",
                    "cells.from_rank = cells.to_rank",
                    "distance_models",
                )
            }} as missing_cost,
            {{
                extra_cost(
                    "cells.student_weight",
                    "cells.expected_weight",
                    "cells.from_rank = cells.to_rank",
                    "distance_models",
                )
            }} as extra_cost,
            {{ weight_cost("cells.student_weight", "cells.expected_weight", "distance_models") }}
            as weight_cost
        from cells
        cross join distance_models
        where cells.is_own_course
    ),

    summed as (
        select
            student_key,
            graph,
            graph_kind,
            task_rank,
            distance_model,
            sum(student_weight) > 0 as has_edges,
            sum(missing_cost) as missing_cost,
            sum(extra_cost) as extra_cost,
            {{ ordered_sum("weight_cost", ["from_rank", "to_rank"]) }} as weight_cost_sum,
            count(weight_cost) as weight_cost_count
        from cell_costs
        group by student_key, graph, graph_kind, task_rank, distance_model
    ),

    costs as (
        select
            student_key,
            graph,
            graph_kind,
            task_rank,
            distance_model,
            case when has_edges then missing_cost end as missing_cost,
            case when has_edges then extra_cost end as extra_cost,
            case
                when has_edges then coalesce(weight_cost_sum / nullif(weight_cost_count, 0), 0)
            end as weight_cost
        from summed
    ),

    distances_measured as (
        select
            student_key,
            graph,
            graph_kind,
            task_rank,
            distance_model,
            missing_cost,
            extra_cost,
            weight_cost,
            missing_cost + extra_cost + weight_cost as distance
        from costs
    )

select *
from distances_measured
