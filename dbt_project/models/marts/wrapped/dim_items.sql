with
    items_merged as (select * from {{ ref("int_wrapped__items_merged") }}),

    loot_items as (select * from {{ ref("fct_loot_items") }}),

    offers as (select * from {{ ref("fct_offers") }}),

    gear_days as (select * from {{ ref("fct_player_gear_days") }}),

    seen_items as (
        select item_id
        from loot_items
        union
        select item_id
        from offers
        union
        select item_id
        from gear_days
    ),

    items as (
        select
            item_id,
            item_name,
            noted_of_item_id,
            is_members,
            high_alchemy_gp,
            buy_limit,
            icon_file,
            item_source
        from items_merged
        union all
        select
            seen_items.item_id,
            concat('Unknown Item ', cast(seen_items.item_id as string)) as item_name,
            cast(null as integer) as noted_of_item_id,
            cast(null as boolean) as is_members,
            cast(null as bigint) as high_alchemy_gp,
            cast(null as integer) as buy_limit,
            cast(null as string) as icon_file,
            'unknown' as item_source
        from seen_items
        left join items_merged on seen_items.item_id = items_merged.item_id
        where items_merged.item_id is null and seen_items.item_id is not null
    )

select *
from items
