with
    capture_events as (select * from {{ ref("stg_spinner__capture_events") }}),

    captures as (
        select stream, capture_id, max(seq) as last_seq
        from capture_events
        group by stream, capture_id
    ),

    -- That a unit's hardware is heard says nothing of its logging stream.
    connections as (
        select
            stream,
            capture_id,
            connection_id,
            max(capture_mode) as capture_mode,
            min(event_at) filter (where event_name = 'connected') as covered_from,
            max(last_heard_at) as covered_until,
            max(reason_code) filter (where event_name = 'disconnected') as disconnect_reason,
            max(seq) as last_seq
        from capture_events
        where connection_id is not null and topic is distinct from concat(stream, '-data')
        group by stream, capture_id, connection_id
    ),

    -- A connection without an end, after which its capture went on to something else, was cut by
    -- a crash; one that nothing follows may be open still.
    connections_covered as (
        select
            connections.stream,
            connections.capture_id,
            connections.connection_id,
            connections.capture_mode,
            connections.capture_mode = 'relay' as is_verified,
            connections.covered_from,
            connections.covered_until,
            coalesce(
                connections.disconnect_reason,
                case when captures.last_seq > connections.last_seq then 'crash' end
            ) as end_reason
        from connections
        inner join
            captures
            on connections.stream = captures.stream
            and connections.capture_id = captures.capture_id
        where connections.covered_until > connections.covered_from
    )

select *
from connections_covered
