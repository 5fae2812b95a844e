with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    states as (select * from {{ ref("spinner_feedback_states") }}),

    {% if var("spinner_use_former_matrices") %}
        subjects as (select * from {{ ref("spinner_feedback_subjects") }}),

        former_feedback as (select * from {{ ref("stg_spinner__former_feedback") }}),

    {% endif %}
    reports as (
        select student_key, state, subject, is_known, count(*) as event_count
        from events
        where event_kind = 'feedback'
        group by student_key, state, subject, is_known
        {% if var("spinner_use_former_matrices") %}
            union all
            select
                former_feedback.student_key,
                former_feedback.state,
                former_feedback.subject,
                states.polarity is not null and subjects.subject is not null as is_known,
                former_feedback.event_count
            from former_feedback
            left join states on former_feedback.state = states.state
            left join subjects on former_feedback.subject = subjects.subject
        {% endif %}
    ),

    affective_feedback as (
        select
            reports.student_key,
            reports.state,
            reports.subject,
            states.feedback_kind,
            reports.is_known,
            case when reports.is_known then states.polarity end as polarity,
            cast(sum(reports.event_count) as bigint) as event_count
        from reports
        left join states on reports.state = states.state
        group by
            reports.student_key,
            reports.state,
            reports.subject,
            states.feedback_kind,
            reports.is_known,
            states.polarity
    )

select *
from affective_feedback
