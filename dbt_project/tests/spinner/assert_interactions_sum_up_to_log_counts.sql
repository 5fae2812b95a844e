with
    student_usage as (select * from {{ ref("fct_student_usage") }}),

    interactions as (select * from {{ ref("fct_student_interactions") }}),

    session_hours as (select * from {{ ref("fct_student_session_hours") }}),

    interaction_sums as (
        select student_key, sum(interaction_count) as interaction_count
        from interactions
        where is_lab_use
        group by student_key
    ),

    hour_sums as (
        select student_key, sum(session_count) as session_count
        from session_hours
        group by student_key
    ),

    sums_compared as (
        select
            student_usage.student_key,
            student_usage.log_count,
            coalesce(interaction_sums.interaction_count, 0) as interaction_count,
            student_usage.session_count,
            hour_sums.session_count as binned_session_count
        from student_usage
        left join interaction_sums on student_usage.student_key = interaction_sums.student_key
        left join hour_sums on student_usage.student_key = hour_sums.student_key
    )

select *
from sums_compared
where log_count <> interaction_count or session_count is distinct from binned_session_count
