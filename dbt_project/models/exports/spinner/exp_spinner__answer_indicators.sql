with
    indicators as (select * from {{ ref("fct_student_indicators") }}),

    students as (select * from {{ ref("dim_lab_students") }}),

    answers as (
        select
            students.student_key,
            students.user_id,
            students.lab,
            students.course,
            {{
                object(
                    {
                        "exploration": "indicators.exploration",
                        "enjoyment": "cast(indicators.enjoyment as bigint)",
                        "edges": "indicators.edges_percent",
                    }
                )
            }} as indicators
        from students
        inner join indicators on students.student_key = indicators.student_key
    )

select *
from answers
