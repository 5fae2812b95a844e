with
    loot_drops as (select * from {{ ref("stg_wrapped__loot_drops") }}),

    loot_items as (select * from {{ ref("stg_wrapped__loot_items") }}),

    rejected_documents as (select * from {{ ref("int_wrapped__rejected_documents_parsed") }}),

    landed_drops as (
        select username, id_time, id_process, id_counter, actor_id as npc_id
        from loot_drops
        where actor_type = 1 and actor_id is not null and username is not null
    ),

    landed_items as (
        select
            landed_drops.username,
            landed_drops.npc_id,
            loot_items.item_id,
            loot_items.quantity,
            0 as documents_count
        from landed_drops
        inner join
            loot_items
            on landed_drops.id_time = loot_items.id_time
            and landed_drops.id_process = loot_items.id_process
            and landed_drops.id_counter = loot_items.id_counter
    ),

    rejected_drops as (
        select
            row_key,
            username,
            {{ json_whole_number("document", "'$.data.actor.id'") }} as npc_id,
            {{ json_kind("document", "'$.data.items'") }} as items_kind,
            document
        from rejected_documents
        where
            collection = 'loot_received'
            and {{ json_number("document", "'$.data.actor.type'") }} = 1
    ),

    rejected_stacks as (
        select
            rejected_drops.row_key,
            {{ extended_json_kind("entries.value", "'$'") }} as stack_kind,
            {{ json_kind("entries.value", "'$.id'") }} as id_kind,
            {{ json_kind("entries.value", "'$.quantity'") }} as quantity_kind,
            {{ json_whole_number("entries.value", "'$.id'") }} as item_id,
            {{ json_whole_number("entries.value", "'$.quantity'") }} as quantity
        from rejected_drops
        cross join
            lateral {{ json_entries("rejected_drops.document", "'$.data.items'") }} as entries
        where rejected_drops.items_kind = 'array'
    ),

    -- One item that can not be summed stopped the old job at the whole document.
    unusable_drops as (
        select row_key
        from rejected_stacks
        where
            stack_kind is distinct from 'object'
            or (id_kind is not null and item_id is null)
            or (quantity_kind is not null and quantity is null)
        group by row_key
    ),

    usable_drops as (
        select rejected_drops.row_key, rejected_drops.username, rejected_drops.npc_id
        from rejected_drops
        left join unusable_drops on rejected_drops.row_key = unusable_drops.row_key
        where
            unusable_drops.row_key is null
            and rejected_drops.npc_id is not null
            and (rejected_drops.items_kind is null or rejected_drops.items_kind = 'array')
    ),

    rejected_items as (
        select
            usable_drops.username,
            usable_drops.npc_id,
            rejected_stacks.item_id,
            rejected_stacks.quantity,
            0 as documents_count
        from usable_drops
        inner join rejected_stacks on usable_drops.row_key = rejected_stacks.row_key
    ),

    drops_gathered as (
        select
            username,
            cast(npc_id as bigint) as npc_id,
            cast(null as bigint) as item_id,
            cast(null as bigint) as quantity,
            1 as documents_count
        from landed_drops
        union all
        select username, npc_id, item_id, quantity, documents_count
        from landed_items
        union all
        select username, npc_id, null as item_id, null as quantity, 1 as documents_count
        from usable_drops
        union all
        select username, npc_id, item_id, quantity, documents_count
        from rejected_items
    )

select *
from drops_gathered
