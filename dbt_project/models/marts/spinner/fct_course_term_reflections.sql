with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    terms as (select * from {{ ref("spinner_terms") }}),

    feedback as (
        select
            events.student_key, events.lab, terms.course, terms.term, events.state, events.subject
        from events
        inner join
            terms
            on events.course = terms.course
            and cast(events.event_at as date) >= terms.starts_on
            and cast(events.event_at as date) < terms.ends_on
        where events.event_kind = 'feedback' and events.is_known
    ),

    reflecting_cohorts as (
        select
            lab,
            course,
            term,
            count(distinct student_key) >= {{ var("spinner_min_cohort") }} as is_published
        from feedback
        group by lab, course, term
    ),

    course_term_reflections as (
        select
            feedback.lab,
            feedback.course,
            feedback.term,
            feedback.state,
            feedback.subject,
            case when reflecting_cohorts.is_published then count(*) end as event_count,
            case
                when reflecting_cohorts.is_published then count(distinct feedback.student_key)
            end as student_count,
            reflecting_cohorts.is_published
        from feedback
        inner join
            reflecting_cohorts
            on feedback.lab = reflecting_cohorts.lab
            and feedback.course = reflecting_cohorts.course
            and feedback.term = reflecting_cohorts.term
        group by
            feedback.lab,
            feedback.course,
            feedback.term,
            feedback.state,
            feedback.subject,
            reflecting_cohorts.is_published
    )

select *
from course_term_reflections
