with
    messages as (select * from {{ ref("int_spinner__messages_deduplicated") }}),

    commands as (select * from {{ ref("int_spinner__commands_ordered") }}),

    staged_messages as (select * from {{ ref("stg_spinner__messages") }}),

    quarantine as (select * from {{ ref("stg_spinner__quarantine") }}),

    capture_events as (select * from {{ ref("stg_spinner__capture_events") }}),

    message_hours as (
        select
            messages.stream,
            date_trunc('hour', messages.received_at) as hour_started_at,
            count(*) as message_count,
            count(commands.command_number) as command_count
        from messages
        left join
            commands
            on messages.stream = commands.stream
            and messages.capture_id = commands.capture_id
            and messages.seq = commands.seq
        where messages.capture_mode in ('relay', 'host')
        group by messages.stream, date_trunc('hour', messages.received_at)
    ),

    frames as (
        select
            stream,
            capture_id,
            connection_id,
            frame_no,
            min(received_at) as received_at,
            max(frame_parts) as frame_parts
        from staged_messages
        where capture_mode in ('relay', 'host')
        group by stream, capture_id, connection_id, frame_no
    ),

    frame_hours as (
        select
            stream,
            date_trunc('hour', received_at) as hour_started_at,
            count(*) filter (where frame_parts > 1) as glued_frame_count,
            max(frame_parts) as max_frame_parts,
            count(*) filter (
                where frame_parts >= {{ var("spinner_glue_risk_parts") }}
            ) as risky_frame_count
        from frames
        group by stream, date_trunc('hour', received_at)
    ),

    -- What is no JSON is nothing unusual on the hardware's topic.
    quarantine_hours as (
        select
            stream,
            date_trunc('hour', received_at) as hour_started_at,
            count(*) as quarantined_count
        from quarantine
        -- A torn line of a spool has no connection; what is handed in names its way instead.
        where
            topic is distinct from concat(stream, '-data')
            and coalesce(connection_id, 'torn') not in ('import', 'intake')
        group by stream, date_trunc('hour', received_at)
    ),

    loss_hours as (
        select
            stream,
            date_trunc('hour', event_at) as hour_started_at,
            cast(sum(lost_count) as bigint) as lost_count
        from capture_events
        where lost_count > 0 and topic is distinct from concat(stream, '-data')
        group by stream, date_trunc('hour', event_at)
    ),

    hours as (
        select stream, hour_started_at
        from message_hours
        union
        select stream, hour_started_at
        from frame_hours
        union
        select stream, hour_started_at
        from quarantine_hours
        union
        select stream, hour_started_at
        from loss_hours
    ),

    stream_hours_counted as (
        select
            hours.stream,
            hours.hour_started_at,
            coalesce(message_hours.message_count, 0) as message_count,
            coalesce(message_hours.command_count, 0) as command_count,
            coalesce(frame_hours.glued_frame_count, 0) as glued_frame_count,
            frame_hours.max_frame_parts,
            coalesce(frame_hours.risky_frame_count, 0) as risky_frame_count,
            coalesce(quarantine_hours.quarantined_count, 0) as quarantined_count,
            coalesce(loss_hours.lost_count, 0) as lost_count
        from hours
        left join
            message_hours
            on hours.stream = message_hours.stream
            and hours.hour_started_at = message_hours.hour_started_at
        left join
            frame_hours
            on hours.stream = frame_hours.stream
            and hours.hour_started_at = frame_hours.hour_started_at
        left join
            quarantine_hours
            on hours.stream = quarantine_hours.stream
            and hours.hour_started_at = quarantine_hours.hour_started_at
        left join
            loss_hours
            on hours.stream = loss_hours.stream
            and hours.hour_started_at = loss_hours.hour_started_at
    )

select *
from stream_hours_counted
