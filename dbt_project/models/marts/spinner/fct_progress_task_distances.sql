with
    part_tasks as (select * from {{ ref("int_spinner__part_tasks_ranked") }}),

    progress_task_distances as (
        select
            student_key,
            cast(part_id as date) as snapshot_date,
            graph,
            distance,
            closeness_rank,
            is_closest,
            tied_count
        from part_tasks
        where part_kind = 'day'
    )

select *
from progress_task_distances
