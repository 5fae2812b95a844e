-- Every event of a student at the laboratory is counted by verb, lies in one session and is one of
-- the student's messages; every session lies in one stretch of the day.
with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    student_usage as (select * from {{ ref("fct_student_usage") }}),

    interactions as (select * from {{ ref("fct_student_interactions") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    session_hours as (select * from {{ ref("fct_student_session_hours") }}),

    event_counts as (
        select student_key, count(*) as event_count
        from events
        where event_kind not in ('dashboard', 'request', 'feedback', 'response')
        group by student_key
    ),

    interaction_sums as (
        select student_key, sum(interaction_count) as interaction_count
        from interactions
        where is_lab_use
        group by student_key
    ),

    session_sums as (
        select student_key, sum(event_count) as event_count from sessions group by student_key
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
            coalesce(event_counts.event_count, 0) as event_count,
            coalesce(interaction_sums.interaction_count, 0) as interaction_count,
            coalesce(session_sums.event_count, 0) as session_event_count,
            student_usage.session_count,
            hour_sums.session_count as binned_session_count
        from student_usage
        left join event_counts on student_usage.student_key = event_counts.student_key
        left join interaction_sums on student_usage.student_key = interaction_sums.student_key
        left join session_sums on student_usage.student_key = session_sums.student_key
        left join hour_sums on student_usage.student_key = hour_sums.student_key
    )

select *
from sums_compared
where
    log_count <> event_count
    or log_count <> interaction_count
    or log_count <> session_event_count
    or session_count is distinct from binned_session_count
