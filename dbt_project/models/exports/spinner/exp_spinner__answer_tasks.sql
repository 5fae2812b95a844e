with
    students as (select * from {{ ref("dim_lab_students") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    task_distances as (select * from {{ ref("fct_task_distances") }}),

    task_maps as (
        select
            students.student_key,
            {{
                ordered_map(
                    "task_distances.graph", "task_distances.distance", ["graphs.task_rank"]
                )
            }} as tasks
        from students
        inner join task_distances on students.student_key = task_distances.student_key
        inner join
            graphs
            on task_distances.graph = graphs.graph
            and students.course = graphs.course
            and graphs.is_task
        where task_distances.distance_model = 'default' and task_distances.distance is not null
        group by students.student_key
    ),

    answers as (
        select
            students.student_key,
            students.user_id,
            students.lab,
            students.course,
            {{ map_or_empty("task_maps.tasks") }} as tasks
        from students
        left join task_maps on students.student_key = task_maps.student_key
    )

select *
from answers
