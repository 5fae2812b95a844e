with
    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_merged") }}),

    player_kills as (
        select
            kill_id,
            player_id,
            profile_number,
            session_id,
            tick_position,
            happened_at as killed_at,
            event_ms,
            played_date,
            combat_level,
            x,
            y,
            area_id
        from loot_drops
        where is_kill_start and actor_kind = 'player'
    )

select *
from player_kills
