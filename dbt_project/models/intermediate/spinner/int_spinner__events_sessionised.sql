{{ config(materialized="table") }}

with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    lab_events as (
        select
            student_key,
            user_id,
            lab,
            course,
            stream,
            capture_id,
            seq,
            hardware,
            event_kind,
            verb,
            detail,
            t_ms,
            event_at,
            received_at,
            row_number() over (
                partition by student_key order by t_ms, received_at, seq, stream, capture_id
            ) as event_number,
            count(hardware) over (
                partition by student_key
                order by t_ms, received_at, seq, stream, capture_id
                rows between unbounded preceding and current row
            ) as hardware_block
        from events
        where
            event_kind
            in ('command', 'session_start', 'session_end', 'click', 'component', 'other_lab')
    ),

    -- The last valid hardware up to each event: that of the first row of its block.
    events_on_hardware as (
        select *, max(hardware) over (partition by student_key, hardware_block) as last_hardware
        from lab_events
    ),

    events_with_breaks as (
        select
            *,
            case
                when
                    event_number = 1
                    or event_kind = 'session_start'
                    or (
                        lag(event_kind) over events_in_order = 'session_end'
                        and event_kind <> 'session_end'
                    )
                    or t_ms - lag(t_ms) over events_in_order
                    > 60000 * {{ var("spinner_session_gap_minutes") }}
                    or hardware <> lag(last_hardware) over events_in_order
                then 1
                else 0
            end as block_start
        from events_on_hardware
        window events_in_order as (partition by student_key order by event_number)
    ),

    events_in_blocks as (
        select
            *,
            sum(block_start) over (
                partition by student_key
                order by event_number
                rows between unbounded preceding and current row
            ) as block_number
        from events_with_breaks
    ),

    events_in_parts as (
        select
            *,
            cast(
                floor(
                    cast(t_ms - min(t_ms) over (partition by student_key, block_number) as double)
                    / (60000 * {{ var("spinner_booking_minutes") }})
                ) as integer
            ) as booking_part
        from events_in_blocks
    ),

    events_sessionised as (
        select
            student_key,
            cast(event_number as integer) as event_number,
            user_id,
            lab,
            course,
            cast(
                dense_rank() over (
                    partition by student_key order by block_number, booking_part
                ) as integer
            ) as session_number,
            booking_part,
            stream,
            capture_id,
            seq,
            hardware,
            event_kind,
            verb,
            detail,
            t_ms,
            event_at,
            received_at
        from events_in_parts
    )

select *
from events_sessionised
