with
    received as (select * from {{ source("raw_spinner", "former_feedback") }}),

    courses as (select * from {{ ref("spinner_courses") }}),

    course_aliases as (select * from {{ ref("spinner_course_aliases") }}),

    named as (
        select received.*, courses.course as course_name
        from received
        left join
            course_aliases on coalesce(nullif(received.course, ''), 'none') = course_aliases.alias
        inner join
            courses
            on received.exp = courses.lab
            and coalesce(course_aliases.course, received.course) = courses.course
    ),

    -- A student's reflections count once, as they were written last.
    former_feedback as (
        select
            concat(exp, ':', course_name, ':', user_id) as student_key,
            user_id,
            exp as lab,
            course_name as course,
            state,
            subject,
            event_count,
            _dlt_load_id
        from named
        where event_count > 0
        qualify
            dense_rank() over (
                partition by user_id, exp, course_name order by received_at desc, capture_id desc
            )
            = 1
    )

select *
from former_feedback
