with
    received as (select * from {{ source("raw_spinner", "answers") }}),

    answers as (
        select
            capture_id,
            segment,
            seq,
            stream,
            user_id,
            exp as lab,
            course,
            content,
            argument,
            request_t_ms,
            cast(received_at as timestamp) as received_at,
            cast(answered_at as timestamp) as answered_at,
            outcome,
            error_code,
            latency_ms,
            body_text,
            pack_version,
            _dlt_load_id
        from received
        -- A segment that was sealed or landed twice holds the same rows twice.
        qualify
            row_number() over (partition by capture_id, stream, seq order by _dlt_load_id, content)
            = 1
    )

select *
from answers
