with
    kills as (select * from {{ ref("fct_kills") }}),

    loot_items as (select * from {{ ref("fct_loot_items") }}),

    mobs as (select * from {{ ref("dim_mobs") }}),

    kills_by_npc as (
        select player_id, profile_number, mob_key, npc_id, count(*) as npc_kill_count
        from kills
        group by player_id, profile_number, mob_key, npc_id
    ),

    -- One mob has several npc ids: the commonest stands for it, the smaller one of equals.
    mob_kills as (
        select
            player_id,
            profile_number,
            mob_key,
            npc_id,
            cast(
                sum(npc_kill_count) over (partition by player_id, profile_number, mob_key) as bigint
            ) as kill_count
        from kills_by_npc
        qualify
            row_number() over (
                partition by player_id, profile_number, mob_key
                order by npc_kill_count desc, npc_id asc nulls last
            )
            = 1
    ),

    mob_items as (
        select
            player_id, profile_number, mob_key, item_id, cast(sum(quantity) as bigint) as quantity
        from loot_items
        group by player_id, profile_number, mob_key, item_id
    ),

    legacy_mob_loot as (
        select
            mob_kills.player_id,
            mob_kills.profile_number,
            mob_kills.npc_id,
            mob_kills.mob_key,
            coalesce(mobs.mob_name, mob_kills.mob_key) as mob_name,
            mob_items.item_id,
            mob_kills.kill_count,
            mob_items.quantity
        from mob_kills
        left join mobs on mob_kills.mob_key = mobs.mob_key
        left join
            mob_items
            on mob_kills.player_id = mob_items.player_id
            and mob_kills.profile_number = mob_items.profile_number
            and mob_kills.mob_key = mob_items.mob_key
    )

select *
from legacy_mob_loot
