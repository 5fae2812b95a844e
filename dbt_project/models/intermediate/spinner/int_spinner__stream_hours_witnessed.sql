with
    messages as (select * from {{ ref("int_spinner__messages_deduplicated") }}),

    connections as (select * from {{ ref("int_spinner__connections_covered") }}),

    captured_messages as (
        select
            stream,
            message_hash,
            occurrence_number,
            seen_by_count,
            received_at,
            date_trunc('hour', received_at) as hour_started_at
        from messages
        where capture_mode in ('relay', 'host')
    ),

    -- Cut at hours, so that a message meets the connections of its hour only.
    connection_hours as (
        select
            stream,
            capture_id,
            covered_from,
            covered_until,
            {{ exploded_integers(hour_number("covered_from"), hour_number("covered_until")) }}
            as hour_number
        from connections
    ),

    message_witnesses as (
        select
            captured_messages.stream,
            captured_messages.hour_started_at,
            captured_messages.message_hash,
            captured_messages.occurrence_number,
            captured_messages.seen_by_count,
            count(distinct connection_hours.capture_id) as covering_count
        from captured_messages
        inner join
            connection_hours
            on captured_messages.stream = connection_hours.stream
            and captured_messages.hour_started_at
            = {{ epoch_ms_to_timestamp("connection_hours.hour_number * 3600000") }}
            and captured_messages.received_at >= connection_hours.covered_from
            and captured_messages.received_at <= connection_hours.covered_until
        group by
            captured_messages.stream,
            captured_messages.hour_started_at,
            captured_messages.message_hash,
            captured_messages.occurrence_number,
            captured_messages.seen_by_count
    ),

    stream_hours_witnessed as (
        select
            stream,
            hour_started_at,
            count(*) as witnessed_count,
            count(*) filter (where seen_by_count >= covering_count) as seen_by_all_count
        from message_witnesses
        group by stream, hour_started_at
    )

select *
from stream_hours_witnessed
