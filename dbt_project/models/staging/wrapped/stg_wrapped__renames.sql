with
    received as (select * from {{ source("raw_wrapped", "renames") }}),

    renames as (
        select
            old_name,
            new_name,
            {{ user_key("old_name") }} as old_user_key,
            {{ user_key("new_name") }} as new_user_key,
            effective_at,
            _dlt_load_id
        from received
    )

select *
from renames
