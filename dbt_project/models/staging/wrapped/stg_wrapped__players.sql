with
    received as (select * from {{ source("raw_wrapped", "players") }}),

    players as (
        select
            username,
            {{ user_key("username") }} as user_key,
            nullif(trim(time_zone), '') as time_zone,
            valid_from,
            nullif(trim(hiscores_suffix), '') as hiscores_suffix,
            coalesce(opt_out, false) as is_opted_out,
            coalesce(can_compare, false) as can_compare,
            coalesce(nullif(trim(visibility), ''), 'private') as visibility,
            _dlt_load_id
        from received
    )

select *
from players
