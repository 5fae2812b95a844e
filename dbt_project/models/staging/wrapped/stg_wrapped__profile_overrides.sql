with
    received as (select * from {{ source("raw_wrapped", "profile_overrides") }}),

    profile_overrides as (
        select username, {{ user_key("username") }} as user_key, from_at, to_at, label, _dlt_load_id
        from received
    )

select *
from profile_overrides
