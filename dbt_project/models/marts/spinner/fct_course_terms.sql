with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    commands as (select * from {{ ref("fct_lab_commands") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    part_indicators as (select * from {{ ref("int_spinner__part_indicators_derived") }}),

    terms as (select * from {{ ref("spinner_terms") }}),

    students as (
        select
            events.lab,
            terms.course,
            terms.term,
            terms.starts_on,
            terms.ends_on,
            count(distinct events.student_key) as student_count
        from events
        inner join
            terms
            on events.course = terms.course
            and cast(events.event_at as date) >= terms.starts_on
            and cast(events.event_at as date) < terms.ends_on
        group by events.lab, terms.course, terms.term, terms.starts_on, terms.ends_on
    ),

    student_commands as (
        select
            commands.student_key, commands.lab, terms.course, terms.term, count(*) as command_count
        from commands
        inner join
            terms
            on commands.course = terms.course
            and cast(commands.event_at as date) >= terms.starts_on
            and cast(commands.event_at as date) < terms.ends_on
        group by commands.student_key, commands.lab, terms.course, terms.term
    ),

    term_sessions as (
        select
            sessions.lab,
            terms.course,
            terms.term,
            count(*) as session_count,
            {{ sum_of_seconds("sessions.duration_seconds") }} / 3600 as session_hours
        from sessions
        inner join
            terms
            on sessions.course = terms.course
            and cast(sessions.started_at as date) >= terms.starts_on
            and cast(sessions.started_at as date) < terms.ends_on
        group by sessions.lab, terms.course, terms.term
    ),

    -- Who has an edge in the term is active in it; the others have no graph to speak of.
    measured as (
        select
            student_commands.lab,
            student_commands.course,
            student_commands.term,
            cast(sum(student_commands.command_count) as bigint) as command_count,
            count(*) filter (where part_indicators.edge_count > 0) as active_student_count,
            median(cast(student_commands.command_count as double)) filter (
                where part_indicators.edge_count > 0
            ) as median_commands,
            median(part_indicators.edges_percent) filter (
                where part_indicators.edge_count > 0
            ) as median_edges_percent,
            median(part_indicators.exploration) filter (
                where part_indicators.edge_count > 0
            ) as median_exploration,
            median(cast(part_indicators.enjoyment as double)) filter (
                where part_indicators.edge_count > 0
            ) as median_enjoyment
        from student_commands
        inner join
            part_indicators
            on student_commands.student_key = part_indicators.student_key
            and student_commands.term = part_indicators.part_id
            and part_indicators.part_kind = 'term'
        group by student_commands.lab, student_commands.course, student_commands.term
    ),

    course_terms as (
        select
            students.lab,
            students.course,
            students.term,
            students.starts_on,
            students.ends_on,
            students.student_count,
            coalesce(measured.active_student_count, 0) as active_student_count,
            coalesce(measured.command_count, 0) as command_count,
            coalesce(term_sessions.session_count, 0) as session_count,
            coalesce(term_sessions.session_hours, 0) as session_hours,
            case
                when measured.active_student_count >= {{ var("spinner_min_cohort") }}
                then measured.median_commands
            end as median_commands,
            case
                when measured.active_student_count >= {{ var("spinner_min_cohort") }}
                then measured.median_edges_percent
            end as median_edges_percent,
            case
                when measured.active_student_count >= {{ var("spinner_min_cohort") }}
                then measured.median_exploration
            end as median_exploration,
            case
                when measured.active_student_count >= {{ var("spinner_min_cohort") }}
                then measured.median_enjoyment
            end as median_enjoyment,
            coalesce(
                measured.active_student_count >= {{ var("spinner_min_cohort") }}, false
            ) as is_published
        from students
        left join
            measured
            on students.lab = measured.lab
            and students.course = measured.course
            and students.term = measured.term
        left join
            term_sessions
            on students.lab = term_sessions.lab
            and students.course = term_sessions.course
            and students.term = term_sessions.term
    )

select *
from course_terms
