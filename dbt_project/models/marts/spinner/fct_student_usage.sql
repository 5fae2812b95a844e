with
    students as (select * from {{ ref("dim_lab_students") }}),

    lab_events as (select * from {{ ref("int_spinner__events_sessionised") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    log_counts as (select student_key, count(*) as log_count from lab_events group by student_key),

    session_sums as (
        select
            student_key,
            count(*) as session_count,
            count(distinct cast(started_local_at as date)) as active_day_count,
            {{ sum_of_seconds("duration_seconds") }} / 60 as total_session_minutes
        from sessions
        group by student_key
    ),

    student_usage as (
        select
            students.student_key,
            coalesce(log_counts.log_count, 0) as log_count,
            coalesce(session_sums.session_count, 0) as session_count,
            coalesce(session_sums.active_day_count, 0) as active_day_count,
            coalesce(session_sums.total_session_minutes, 0) as total_session_minutes,
            session_sums.total_session_minutes
            / nullif(session_sums.session_count, 0) as mean_session_minutes
        from students
        left join log_counts on students.student_key = log_counts.student_key
        left join session_sums on students.student_key = session_sums.student_key
    )

select *
from student_usage
