with
    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_merged") }}),

    loot_items as (select * from {{ ref("int_wrapped__loot_items_unnoted") }}),

    item_prices as (select * from {{ ref("int_wrapped__item_prices_dated") }}),

    kills as (select * from loot_drops where is_kill_start),

    loot_items_valued as (
        select
            kills.kill_id,
            loot_items.item_id,
            kills.player_id,
            kills.profile_number,
            kills.session_id,
            kills.tick_position,
            kills.happened_at as dropped_at,
            kills.event_ms,
            kills.played_date,
            kills.area_id,
            kills.mob_key,
            loot_items.quantity,
            item_prices.unit_price_gp,
            item_prices.price_source,
            cast(loot_items.quantity * item_prices.unit_price_gp as double) as value_gp
        from loot_items
        inner join kills on loot_items.kill_id = kills.kill_id
        left join
            item_prices
            on loot_items.item_id = item_prices.item_id
            and loot_items.price_date = item_prices.price_date
    )

select *
from loot_items_valued
