with
    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_merged") }}),

    loot_items as (select * from {{ ref("stg_wrapped__loot_items") }}),

    items as (select * from {{ ref("int_wrapped__items_merged") }}),

    kills as (select * from loot_drops where is_kill_start),

    kill_items as (
        select
            loot_drops.kill_id,
            coalesce(items.noted_of_item_id, loot_items.item_id) as item_id,
            cast(sum(loot_items.quantity) as bigint) as quantity
        from loot_drops
        inner join
            loot_items
            on loot_drops.id_time = loot_items.id_time
            and loot_drops.id_process = loot_items.id_process
            and loot_drops.id_counter = loot_items.id_counter
        left join items on loot_items.item_id = items.item_id
        where
            loot_drops.actor_kind = 'npc'
            and loot_items.item_id is not null
            and loot_items.quantity > 0
            and loot_items.reject_reason is null
        group by loot_drops.kill_id, coalesce(items.noted_of_item_id, loot_items.item_id)
    ),

    loot_items_unnoted as (
        select
            kills.kill_id,
            kill_items.item_id,
            kill_items.quantity,
            cast(kills.happened_at as date) as price_date
        from kill_items
        inner join kills on kill_items.kill_id = kills.kill_id
    )

select *
from loot_items_unnoted
