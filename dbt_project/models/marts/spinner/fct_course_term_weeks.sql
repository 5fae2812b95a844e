with
    term_weeks as (select * from {{ ref("int_spinner__term_weeks_spanned") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    part_indicators as (select * from {{ ref("int_spinner__part_indicators_derived") }}),

    week_sessions as (
        select
            term_weeks.lab,
            term_weeks.course,
            term_weeks.term,
            term_weeks.week_number,
            count(*) as session_count,
            count(distinct sessions.student_key) as active_student_count
        from term_weeks
        inner join
            sessions
            on term_weeks.lab = sessions.lab
            and term_weeks.course = sessions.course
            and term_weeks.week_starts_on <= cast(sessions.started_at as date)
            and term_weeks.week_ends_on > cast(sessions.started_at as date)
        group by term_weeks.lab, term_weeks.course, term_weeks.term, term_weeks.week_number
    ),

    week_medians as (
        select
            lab,
            course,
            term,
            week_number,
            count(*) as measured_student_count,
            median(edges_percent) as median_edges_percent,
            median(closest_distance) as median_closest_distance
        from part_indicators
        where part_kind = 'term_week' and edge_count > 0
        group by lab, course, term, week_number
    ),

    course_term_weeks as (
        select
            term_weeks.lab,
            term_weeks.course,
            term_weeks.term,
            term_weeks.week_number,
            term_weeks.week_starts_on,
            coalesce(week_sessions.session_count, 0) as session_count,
            coalesce(week_sessions.active_student_count, 0) as active_student_count,
            week_medians.median_edges_percent,
            week_medians.median_closest_distance
        from term_weeks
        left join
            week_sessions
            on term_weeks.lab = week_sessions.lab
            and term_weeks.course = week_sessions.course
            and term_weeks.term = week_sessions.term
            and term_weeks.week_number = week_sessions.week_number
        left join
            week_medians
            on term_weeks.lab = week_medians.lab
            and term_weeks.course = week_medians.course
            and term_weeks.term = week_medians.term
            and term_weeks.week_number = week_medians.week_number
            and week_medians.measured_student_count >= {{ var("spinner_min_cohort") }}
    )

select *
from course_term_weeks
