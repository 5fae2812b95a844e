with
    students as (select * from {{ ref("dim_lab_students") }}),

    indicators as (select * from {{ ref("fct_student_indicators") }}),

    student_nodes as (select * from {{ ref("fct_student_nodes") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    events as (select * from {{ ref("int_spinner__events_unified") }}),

    capture_events as (select * from {{ ref("stg_spinner__capture_events") }}),

    command_counts as (
        select student_key, cast(sum(command_count) as bigint) as command_count
        from student_nodes
        group by student_key
    ),

    captured_streams as (
        select stream from capture_events where event_name = 'process_started' group by stream
    ),

    -- What was imported was covered by no capture, though there is no gap on record.
    session_sums as (
        select
            sessions.student_key,
            1
            - {{ sum_of_seconds("sessions.capture_gap_seconds") }}
            / nullif({{ sum_of_seconds("sessions.duration_seconds") }}, 0) as covered_session_share
        from sessions
        inner join captured_streams on sessions.stream = captured_streams.stream
        group by sessions.student_key
    ),

    event_flaws as (
        select
            student_key,
            bool_or(is_clock_skewed) as is_clock_skewed,
            count(*) filter (where occurrence_number > 1) as repeated_message_count
        from events
        group by student_key
    ),

    student_summaries as (
        select
            students.student_key,
            coalesce(command_counts.command_count, 0) as command_count,
            case
                when indicators.exploration is not null
                then cast(least(indicators.exploration, 100) as double)
            end as exploration_bar_percent,
            case
                when indicators.edges_percent is not null
                then cast(least(indicators.edges_percent, 100) as double)
            end as edges_bar_percent,
            cast(
                greatest(0, least(100, 50 + 5 * indicators.enjoyment)) as double
            ) as enjoyment_bar_percent,
            session_sums.covered_session_share,
            coalesce(event_flaws.is_clock_skewed, false) as is_clock_skewed,
            coalesce(event_flaws.repeated_message_count, 0) as repeated_message_count
        from students
        inner join indicators on students.student_key = indicators.student_key
        left join command_counts on students.student_key = command_counts.student_key
        left join session_sums on students.student_key = session_sums.student_key
        left join event_flaws on students.student_key = event_flaws.student_key
    )

select *
from student_summaries
