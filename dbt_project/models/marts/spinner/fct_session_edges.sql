with
    commands as (select * from {{ ref("fct_lab_commands") }}),

    session_edges as (
        select
            student_key, session_number, node as from_node, next_node as to_node, count(*) as weight
        from commands
        where next_session_number = session_number
        group by student_key, session_number, node, next_node
    )

select *
from session_edges
