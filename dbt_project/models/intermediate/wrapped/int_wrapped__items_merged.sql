with
    operator_items as (select * from {{ ref("stg_wrapped__items") }}),

    seed_items as (select * from {{ ref("wrapped_items") }}),

    items as (
        select
            item_id,
            item_name,
            noted_of_item_id,
            is_members,
            cast(high_alchemy_gp as bigint) as high_alchemy_gp,
            buy_limit,
            icon_file,
            'operator' as item_source
        from operator_items
        union all
        select
            seed_items.item_id,
            seed_items.item_name,
            seed_items.noted_of_item_id,
            seed_items.is_members,
            cast(seed_items.high_alchemy_gp as bigint) as high_alchemy_gp,
            cast(null as integer) as buy_limit,
            cast(null as string) as icon_file,
            'seed' as item_source
        from seed_items
        left join operator_items on seed_items.item_id = operator_items.item_id
        where operator_items.item_id is null
    ),

    items_merged as (
        select
            item_id,
            coalesce(item_name, concat('Unknown Item ', cast(item_id as string))) as item_name,
            noted_of_item_id,
            is_members,
            high_alchemy_gp,
            buy_limit,
            icon_file,
            item_source
        from items
    )

select *
from items_merged
