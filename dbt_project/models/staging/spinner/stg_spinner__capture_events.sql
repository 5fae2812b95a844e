with
    received as (select * from {{ source("raw_spinner", "capture_events") }}),

    capture_events as (
        select
            capture_id,
            stream,
            topic,
            capture_mode,
            segment,
            process_id,
            connection_id,
            seq,
            event_name,
            cast(event_at as timestamp) as event_at,
            cast(last_heard_at as timestamp) as last_heard_at,
            reason_code,
            detail,
            message_count,
            lost_count,
            cast(token_expires_at as timestamp) as token_expires_at,
            _dlt_load_id
        from received
        -- A segment that was sealed or landed twice holds the same rows twice.
        qualify
            row_number() over (
                partition by capture_id, stream, seq order by _dlt_load_id, event_name
            )
            = 1
    )

select *
from capture_events
