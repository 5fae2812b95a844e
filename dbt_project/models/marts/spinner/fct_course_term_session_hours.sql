with
    course_terms as (select * from {{ ref("fct_course_terms") }}),

    hour_bins as (select * from {{ ref("spinner_hour_bins") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    term_sessions as (
        select
            course_terms.lab,
            course_terms.course,
            course_terms.term,
            sessions.student_key,
            4 * floor(extract(hour from sessions.started_local_at) / 4.0e0) as first_hour
        from course_terms
        inner join
            sessions
            on course_terms.lab = sessions.lab
            and course_terms.course = sessions.course
            and course_terms.starts_on <= cast(sessions.started_at as date)
            and course_terms.ends_on > cast(sessions.started_at as date)
    ),

    cohorts as (
        select
            lab,
            course,
            term,
            count(distinct student_key) >= {{ var("spinner_min_cohort") }} as is_published
        from term_sessions
        group by lab, course, term
    ),

    course_term_session_hours as (
        select
            cohorts.lab,
            cohorts.course,
            cohorts.term,
            hour_bins.first_hour,
            hour_bins.hour_bin,
            case
                when cohorts.is_published then count(term_sessions.student_key)
            end as session_count,
            case
                when cohorts.is_published then count(distinct term_sessions.student_key)
            end as student_count,
            cohorts.is_published
        from cohorts
        cross join hour_bins
        left join
            term_sessions
            on cohorts.lab = term_sessions.lab
            and cohorts.course = term_sessions.course
            and cohorts.term = term_sessions.term
            and hour_bins.first_hour = term_sessions.first_hour
        group by
            cohorts.lab,
            cohorts.course,
            cohorts.term,
            hour_bins.first_hour,
            hour_bins.hour_bin,
            cohorts.is_published
    )

select *
from course_term_session_hours
