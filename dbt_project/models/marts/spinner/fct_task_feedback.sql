with
    cells as (select * from {{ ref("int_spinner__cells_paired") }}),

    hints as (
        select
            student_key,
            graph,
            is_own_course,
            from_rank,
            to_rank,
            student_weight,
            expected_weight,
            case
                when from_node = to_node and student_weight = 0
                then 'hardware'
                when from_node = to_node
                then 'hardware_freq'
                when student_weight = 0
                then 'transition'
                else 'transition_freq'
            end as hint_kind,
            case
                when from_node = to_node then from_node else concat(from_node, ' to ', to_node)
            end as hint_text
        from cells
        where student_weight < expected_weight
    ),

    task_feedback as (
        select
            student_key,
            graph,
            is_own_course,
            hint_kind,
            cast(
                row_number() over (
                    partition by student_key, graph, hint_kind order by from_rank, to_rank
                ) as integer
            ) as hint_rank,
            hint_text,
            student_weight,
            expected_weight
        from hints
    )

select *
from task_feedback
