with
    distances as (select * from {{ ref("int_spinner__distances_measured") }}),

    -- Beyond the ninth decimal two distances are tied, however their sums were rounded.
    tasks as (
        select
            student_key,
            graph,
            distance_model,
            task_rank,
            distance,
            round(distance, 9) as rounded_distance
        from distances
        where task_rank is not null and distance is not null
    ),

    ranked as (
        select
            *,
            cast(
                row_number() over (
                    partition by student_key, distance_model
                    order by rounded_distance, task_rank, graph
                ) as integer
            ) as closeness_rank,
            min(distance) over (partition by student_key, distance_model) as min_distance,
            min(rounded_distance) over (
                partition by student_key, distance_model
            ) as min_rounded_distance
        from tasks
    ),

    identified as (
        select
            *,
            cast(
                count(*) filter (where rounded_distance = min_rounded_distance) over (
                    partition by student_key, distance_model
                ) as integer
            ) as tied_count,
            case
                when rounded_distance = min_rounded_distance
                then 100.0e0
                else 100.0e0 * min_distance / nullif(distance, 0)
            end as completion_percent,
            case
                when rounded_distance = min_rounded_distance
                then 'closest'
                when distance < {{ var("spinner_close_distance") }}
                then 'good_progress'
                when distance < {{ var("spinner_started_distance") }}
                then 'started'
                else 'missing_commands'
            end as completion_band
        from ranked
    ),

    task_distances as (
        select
            distances.student_key,
            distances.graph,
            distances.distance_model,
            distances.missing_cost,
            distances.extra_cost,
            distances.weight_cost,
            distances.distance,
            identified.closeness_rank,
            identified.closeness_rank = 1 as is_closest,
            identified.tied_count,
            identified.completion_percent,
            identified.completion_band
        from distances
        left join
            identified
            on distances.student_key = identified.student_key
            and distances.graph = identified.graph
            and distances.distance_model = identified.distance_model
    )

select *
from task_distances
