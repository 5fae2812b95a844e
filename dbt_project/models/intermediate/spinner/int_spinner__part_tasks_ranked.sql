with
    distances as (select * from {{ ref("int_spinner__part_distances_measured") }}),

    -- Beyond the ninth decimal two distances are tied, however their sums were rounded.
    task_distances as (
        select
            student_key,
            part_kind,
            part_id,
            graph,
            task_rank,
            distance,
            round(distance, 9) as rounded_distance
        from distances
        where distance_model = 'default'
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by student_key, part_kind, part_id
                order by rounded_distance, task_rank, graph
            ) as place,
            min(rounded_distance) over (
                partition by student_key, part_kind, part_id
            ) as min_rounded_distance
        from task_distances
    ),

    part_tasks_ranked as (
        select
            student_key,
            part_kind,
            part_id,
            graph,
            task_rank,
            distance,
            case when distance is not null then cast(place as integer) end as closeness_rank,
            case when distance is not null then place = 1 end as is_closest,
            case
                when distance is not null
                then
                    cast(
                        count(*) filter (where rounded_distance = min_rounded_distance) over (
                            partition by student_key, part_kind, part_id
                        ) as integer
                    )
            end as tied_count
        from ranked
    )

select *
from part_tasks_ranked
