with
    received as (select * from {{ source("raw_wrapped", "hiscores_fetches") }}),

    hiscores_fetches as (
        select
            fetch_id,
            username,
            {{ user_key("username") }} as user_key,
            table_suffix,
            format,
            outcome,
            http_status,
            attempts_count,
            fetched_at,
            -- The second that a document says may be finer than a timestamp.
            coalesce(
                {{ json_number("_unmapped", "'$.timestamp'") }},
                {{ timestamp_to_epoch_seconds("fetched_at") }}
            ) as fetched_seconds,
            _dlt_load_id
        from received
    )

select *
from hiscores_fetches
