with
    received as (select * from {{ source("raw_spinner", "quarantine") }}),

    quarantine as (
        select
            capture_id,
            stream,
            topic,
            segment,
            connection_id,
            frame_no,
            part_no,
            seq,
            cast(received_at as timestamp) as received_at,
            raw_bytes,
            error_code,
            error_text,
            parsed_parts,
            _dlt_load_id
        from received
        -- A segment that was sealed or landed twice holds the same rows twice.
        qualify
            row_number() over (partition by capture_id, stream, seq order by _dlt_load_id, part_no)
            = 1
    )

select *
from quarantine
