with
    received as (select * from {{ source("raw_spinner", "messages") }}),

    messages as (
        select
            capture_id,
            stream,
            topic,
            capture_mode,
            segment,
            connection_id,
            frame_no,
            part_no,
            frame_parts,
            seq,
            cast(received_at as timestamp) as received_at,
            raw_text,
            message_hash,
            is_strict_json,
            intake_query,
            user_id,
            t_ms,
            exp as lab,
            hardware,
            course,
            message_type,
            _dlt_load_id
        from received
    )

select *
from messages
