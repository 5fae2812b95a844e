with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    {% if var("spinner_use_former_matrices") %}
        former_edges as (select * from {{ ref("stg_spinner__former_edges") }}),

        former_feedback as (select * from {{ ref("stg_spinner__former_feedback") }}),

    {% endif %}
    students_seen as (
        select student_key, user_id, lab, course, event_at
        from events
        {% if var("spinner_use_former_matrices") %}
            union all
            select student_key, user_id, lab, course, cast(null as timestamp) as event_at
            from former_edges
            union all
            select student_key, user_id, lab, course, cast(null as timestamp) as event_at
            from former_feedback
        {% endif %}
    ),

    lab_students as (
        select
            student_key,
            user_id,
            lab,
            course,
            min(event_at) as first_event_at,
            max(event_at) as last_event_at,
            count(event_at) as message_count
        from students_seen
        group by student_key, user_id, lab, course
    )

select *
from lab_students
