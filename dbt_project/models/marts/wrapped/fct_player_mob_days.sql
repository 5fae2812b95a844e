with
    kills as (select * from {{ ref("fct_kills") }}),

    player_mob_days as (
        select
            player_id,
            profile_number,
            played_date,
            mob_key,
            cast(count(*) as bigint) as kills_count,
            cast(sum(loot_value_gp) as double) as loot_value_gp
        from kills
        group by player_id, profile_number, played_date, mob_key
    )

select *
from player_mob_days
