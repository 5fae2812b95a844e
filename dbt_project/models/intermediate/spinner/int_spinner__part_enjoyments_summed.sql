with
    parts as (select * from {{ ref("int_spinner__graph_parts_spanned") }}),

    events as (select * from {{ ref("int_spinner__events_unified") }}),

    feedback_states as (select * from {{ ref("spinner_feedback_states") }}),

    feedback_days as (
        select
            events.student_key,
            cast(events.event_at as date) as feedback_date,
            sum(feedback_states.polarity) as polarity
        from events
        inner join feedback_states on events.state = feedback_states.state
        where events.event_kind = 'feedback' and events.is_known
        group by events.student_key, cast(events.event_at as date)
    ),

    part_enjoyments_summed as (
        select
            parts.student_key,
            parts.part_kind,
            parts.part_id,
            cast(coalesce(sum(feedback_days.polarity), 0) as bigint) as enjoyment
        from parts
        left join
            feedback_days
            on parts.student_key = feedback_days.student_key
            and parts.ends_on > feedback_days.feedback_date
            and feedback_days.feedback_date
            >= coalesce(parts.starts_on, feedback_days.feedback_date)
        group by parts.student_key, parts.part_kind, parts.part_id
    )

select *
from part_enjoyments_summed
