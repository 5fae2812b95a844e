with
    students as (select * from {{ ref("dim_lab_students") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    task_feedback as (select * from {{ ref("fct_task_feedback") }}),

    hint_lists as (
        select
            student_key,
            graph,
            {%- for kind in ["hardware", "hardware_freq", "transition", "transition_freq"] %}
                {{ ordered_list("hint_text", ["hint_rank"], "hint_kind = '" ~ kind ~ "'") }}
                as {{ kind }}{{ "," if not loop.last }}
            {%- endfor %}
        from task_feedback
        group by student_key, graph
    ),

    answers as (
        select
            students.student_key,
            students.user_id,
            students.lab,
            students.course,
            graphs.graph as task,
            {{
                object(
                    {
                        "hardware": list_or_empty("hint_lists.hardware"),
                        "hardware_freq": list_or_empty("hint_lists.hardware_freq"),
                        "transition": list_or_empty("hint_lists.transition"),
                        "transition_freq": list_or_empty("hint_lists.transition_freq"),
                    }
                )
            }} as feedback
        from students
        inner join graphs on students.lab = graphs.lab and graphs.is_task
        left join
            hint_lists
            on students.student_key = hint_lists.student_key
            and graphs.graph = hint_lists.graph
    )

select *
from answers
