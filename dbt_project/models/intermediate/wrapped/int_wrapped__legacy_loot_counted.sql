with
    loot_drops as (select * from {{ ref("stg_wrapped__loot_drops") }}),

    loot_items as (select * from {{ ref("stg_wrapped__loot_items") }}),

    npcs_named as (select * from {{ ref("int_wrapped__npcs_named") }}),

    npc_drops as (
        select username, id_time, id_process, id_counter, actor_id as npc_id
        from loot_drops
        where actor_type = 1 and actor_id is not null
    ),

    npc_kills as (
        select username, npc_id, count(*) as kill_count from npc_drops group by username, npc_id
    ),

    npc_items as (
        select
            npc_drops.username,
            npc_drops.npc_id,
            loot_items.item_id,
            cast(sum(loot_items.quantity) as bigint) as quantity
        from npc_drops
        inner join
            loot_items
            on npc_drops.id_time = loot_items.id_time
            and npc_drops.id_process = loot_items.id_process
            and npc_drops.id_counter = loot_items.id_counter
        where loot_items.item_id is not null and loot_items.quantity is not null
        group by npc_drops.username, npc_drops.npc_id, loot_items.item_id
    ),

    legacy_loot as (
        select
            npc_items.username,
            npc_items.npc_id,
            npcs_named.npc_name,
            npc_items.item_id,
            npc_kills.kill_count,
            npc_items.quantity
        from npc_items
        inner join
            npc_kills
            on npc_items.username = npc_kills.username
            and npc_items.npc_id = npc_kills.npc_id
        inner join npcs_named on npc_items.npc_id = npcs_named.npc_id
    )

select *
from legacy_loot
