with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    -- Stream and capture only make the order total; it never rests on the order of rows.
    commands_ordered as (
        select
            student_key,
            user_id,
            lab,
            course,
            cast(row_number() over in_order as integer) as command_number,
            node,
            lead(node) over in_order as next_node,
            set_value,
            event_at,
            t_ms,
            received_at,
            seq,
            stream,
            capture_id,
            hardware
        from events
        where event_kind = 'command'
        window
            in_order as (
                partition by student_key order by t_ms, received_at, seq, stream, capture_id
            )
    )

select *
from commands_ordered
