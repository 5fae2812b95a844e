with
    students as (select * from {{ ref("dim_lab_students") }}),

    hour_bins as (select * from {{ ref("spinner_hour_bins") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    session_bins as (
        select
            student_key,
            4 * floor(extract(hour from started_local_at) / 4.0e0) as first_hour,
            count(*) as session_count
        from sessions
        group by student_key, 4 * floor(extract(hour from started_local_at) / 4.0e0)
    ),

    student_session_hours as (
        select
            students.student_key,
            hour_bins.first_hour,
            hour_bins.hour_bin,
            coalesce(session_bins.session_count, 0) as session_count
        from students
        cross join hour_bins
        left join
            session_bins
            on students.student_key = session_bins.student_key
            and hour_bins.first_hour = session_bins.first_hour
    )

select *
from student_session_hours
