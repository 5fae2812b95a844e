with
    lab_events as (select * from {{ ref("int_spinner__events_sessionised") }}),

    events as (select * from {{ ref("int_spinner__events_unified") }}),

    counted_events as (
        select student_key, verb, true as is_lab_use
        from lab_events
        union all
        select student_key, verb, false as is_lab_use
        from events
        where event_kind = 'dashboard'
    ),

    student_interactions as (
        select student_key, verb, is_lab_use, count(*) as interaction_count
        from counted_events
        group by student_key, verb, is_lab_use
    )

select *
from student_interactions
