with
    drops_gathered as (select * from {{ ref("int_wrapped__legacy_drops_gathered") }}),

    npcs_named as (select * from {{ ref("int_wrapped__npcs_named") }}),

    npc_kills as (
        select username, npc_id, cast(sum(documents_count) as bigint) as kill_count
        from drops_gathered
        group by username, npc_id
    ),

    npc_items as (
        select username, npc_id, item_id, cast(sum(quantity) as bigint) as quantity
        from drops_gathered
        where item_id is not null and quantity is not null
        group by username, npc_id, item_id
    ),

    legacy_loot as (
        select
            npc_items.username,
            npc_items.npc_id,
            coalesce(
                npcs_named.npc_name, 'unknown-' || cast(npc_items.npc_id as string)
            ) as npc_name,
            npc_items.item_id,
            npc_kills.kill_count,
            npc_items.quantity
        from npc_items
        inner join
            npc_kills
            on npc_items.username = npc_kills.username
            and npc_items.npc_id = npc_kills.npc_id
        left join npcs_named on npc_items.npc_id = npcs_named.npc_id
    )

select *
from legacy_loot
