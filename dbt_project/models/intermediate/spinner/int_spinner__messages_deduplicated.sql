with
    messages as (select * from {{ ref("stg_spinner__messages") }}),

    -- A segment that was sealed or landed twice holds the same rows twice.
    landed_once as (
        select *
        from messages
        qualify
            row_number() over (
                partition by capture_id, stream, seq order by _dlt_load_id, message_hash, part_no
            )
            = 1
    ),

    -- The second of two equal texts in one capture is a true repeat, whoever else heard them.
    numbered as (
        select
            *,
            cast(
                row_number() over (
                    partition by capture_id, stream, message_hash order by received_at, seq
                ) as integer
            ) as occurrence_number
        from landed_once
    ),

    messages_deduplicated as (
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
            received_at,
            raw_text,
            message_hash,
            is_strict_json,
            intake_query,
            user_id,
            t_ms,
            lab,
            hardware,
            course,
            message_type,
            occurrence_number,
            cast(
                count(*) over (partition by stream, message_hash, occurrence_number) as integer
            ) as seen_by_count,
            _dlt_load_id
        from numbered
        qualify
            row_number() over (
                partition by stream, message_hash, occurrence_number
                order by received_at, capture_id
            )
            = 1
    )

select *
from messages_deduplicated
