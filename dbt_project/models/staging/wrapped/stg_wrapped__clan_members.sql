with
    received as (select * from {{ source("raw_wrapped", "clan_members") }}),

    clan_members as (
        select
            clan_id,
            clan_name,
            coalesce(nullif(trim(clan_kind), ''), 'clan') as clan_kind,
            username,
            {{ user_key("username") }} as user_key,
            member_from,
            member_to,
            role,
            _dlt_load_id
        from received
    )

select *
from clan_members
