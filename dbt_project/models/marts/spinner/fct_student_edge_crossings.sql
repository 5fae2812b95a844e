with
    commands as (select * from {{ ref("fct_lab_commands") }}),

    student_edge_crossings as (
        select
            student_key,
            node as from_node,
            next_node as to_node,
            count(*) as weight,
            count(*) filter (where next_session_number <> session_number) as cross_session_weight,
            count(*) filter (where next_hardware <> hardware) as cross_hardware_weight,
            count(*) filter (
                where cast(next_event_at as date) <> cast(event_at as date)
            ) as cross_day_weight
        from commands
        where next_node is not null
        group by student_key, node, next_node
    )

select *
from student_edge_crossings
