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
            _dlt_load_id
        from received
    )

select *
from hiscores_fetches
