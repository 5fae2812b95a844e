with
    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_merged") }}),

    loot_items as (select * from {{ ref("fct_loot_items") }}),

    kill_values as (
        select kill_id, sum(value_gp) as loot_value_gp from loot_items group by kill_id
    ),

    kills as (
        select
            loot_drops.kill_id,
            loot_drops.player_id,
            loot_drops.profile_number,
            loot_drops.session_id,
            loot_drops.tick_position,
            loot_drops.happened_at as killed_at,
            loot_drops.event_ms,
            loot_drops.played_date,
            loot_drops.mob_key,
            loot_drops.mob_name,
            loot_drops.npc_id,
            loot_drops.combat_level,
            loot_drops.is_boss,
            loot_drops.x,
            loot_drops.y,
            loot_drops.area_id,
            coalesce(kill_values.loot_value_gp, 0) as loot_value_gp
        from loot_drops
        left join kill_values on loot_drops.kill_id = kill_values.kill_id
        where loot_drops.is_kill_start and loot_drops.actor_kind = 'npc'
    )

select *
from kills
