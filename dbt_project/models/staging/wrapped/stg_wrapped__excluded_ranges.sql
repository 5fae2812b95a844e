with
    received as (select * from {{ source("raw_wrapped", "excluded_ranges") }}),

    excluded_ranges as (
        select
            username,
            {{ user_key("username") }} as user_key,
            username = '*' as is_everybody,
            from_at,
            to_at,
            reason,
            _dlt_load_id
        from received
    )

select *
from excluded_ranges
