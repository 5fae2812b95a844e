with
    lab_events as (select * from {{ ref("int_spinner__events_sessionised") }}),

    gaps as (select * from {{ ref("fct_capture_gaps") }}),

    clock_changes as (select * from {{ ref("spinner_clock_changes") }}),

    clock_spans as (
        select
            valid_from, lead(valid_from) over (order by valid_from) as valid_to, utc_offset_minutes
        from clock_changes
    ),

    grouped as (
        select
            student_key,
            session_number,
            user_id,
            lab,
            course,
            max(hardware) as hardware,
            coalesce(max(hardware), min(stream)) as stream,
            min(event_at) as started_at,
            max(event_at) as ended_at,
            bool_or(event_kind = 'session_start') as has_start,
            case
                when bool_or(event_kind = 'session_end' and verb = 'session-expired')
                then 'session-exp'
                when bool_or(event_kind = 'session_end' and detail = 'refresh')
                then 'refresh'
                when bool_or(event_kind = 'session_end' and detail = 'close')
                then 'close'
                when bool_or(event_kind = 'session_end')
                then 'other'
            end as end_kind,
            count(*) as event_count,
            count(*) filter (where event_kind = 'command') as command_count,
            count(*) filter (where event_kind = 'click') as click_count,
            bool_or(booking_part > 0) as is_booking_cut
        from lab_events
        group by student_key, session_number, user_id, lab, course
    ),

    gap_overlaps as (
        select
            grouped.student_key,
            grouped.session_number,
            {{
                sum_of_seconds(
                    seconds_between(
                        "greatest(grouped.started_at, gaps.started_at)",
                        "least(grouped.ended_at, gaps.ended_at)",
                    )
                )
            }} as capture_gap_seconds
        from grouped
        inner join
            gaps
            on grouped.stream = gaps.stream
            and grouped.started_at < gaps.ended_at
            and grouped.ended_at > gaps.started_at
        group by grouped.student_key, grouped.session_number
    ),

    lab_sessions as (
        select
            grouped.student_key,
            grouped.session_number,
            grouped.user_id,
            grouped.lab,
            grouped.course,
            grouped.stream,
            grouped.hardware,
            grouped.started_at,
            grouped.ended_at,
            {{ add_minutes("grouped.started_at", "coalesce(clock_spans.utc_offset_minutes, 0)") }}
            as started_local_at,
            {{ seconds_between("grouped.started_at", "grouped.ended_at") }} as duration_seconds,
            grouped.has_start,
            grouped.end_kind,
            grouped.event_count,
            grouped.command_count,
            grouped.click_count,
            greatest(grouped.command_count - 1, 0) as edge_count,
            grouped.is_booking_cut,
            coalesce(gap_overlaps.capture_gap_seconds, 0) as capture_gap_seconds
        from grouped
        left join
            clock_spans
            on grouped.started_at >= clock_spans.valid_from
            and grouped.started_at < coalesce(clock_spans.valid_to, timestamp '9999-12-31')
        left join
            gap_overlaps
            on grouped.student_key = gap_overlaps.student_key
            and grouped.session_number = gap_overlaps.session_number
    )

select *
from lab_sessions
