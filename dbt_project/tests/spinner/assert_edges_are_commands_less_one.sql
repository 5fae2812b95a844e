-- k commands make k - 1 edges, none of one command or of none.
with
    students as (select * from {{ ref("fct_student_indicators") }}),

    nodes as (select * from {{ ref("fct_student_nodes") }}),

    commands as (
        select student_key, sum(command_count) as command_count from nodes group by student_key
    ),

    edges_amiss as (
        select students.student_key, students.edge_count, commands.command_count
        from students
        left join commands on students.student_key = commands.student_key
        where
            students.edge_count is distinct from greatest(commands.command_count - 1, 0)
            and not {{ var("spinner_use_former_matrices") }}
    )

select *
from edges_amiss
