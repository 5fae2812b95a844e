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

    hints_by_task as (
        select
            students.student_key,
            students.user_id,
            students.lab,
            students.course,
            graphs.graph as task,
            hint_lists.hardware,
            hint_lists.hardware_freq,
            hint_lists.transition,
            hint_lists.transition_freq
        from students
        inner join graphs on students.lab = graphs.lab
        left join
            hint_lists
            on students.student_key = hint_lists.student_key
            and graphs.graph = hint_lists.graph
        where graphs.is_task
    ),

    answers as (
        select
            student_key,
            user_id,
            lab,
            course,
            task,
            {{
                object(
                    {
                        "hardware": list_or_empty("hardware"),
                        "hardware_freq": list_or_empty("hardware_freq"),
                        "transition": list_or_empty("transition"),
                        "transition_freq": list_or_empty("transition_freq"),
                    }
                )
            }} as feedback
        from hints_by_task
    )

select *
from answers
