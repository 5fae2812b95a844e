with
    messages_resolved as (select * from {{ ref("int_spinner__messages_resolved") }}),

    messages_unplaced as (
        select
            capture_id,
            stream,
            seq,
            message_hash,
            occurrence_number,
            received_at,
            format,
            t_ms,
            event_at,
            unplaced_reason
        from messages_resolved
        where unplaced_reason is not null
    )

select *
from messages_unplaced
