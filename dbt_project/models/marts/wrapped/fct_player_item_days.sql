with
    loot_items as (select * from {{ ref("fct_loot_items") }}),

    offer_fills as (select * from {{ ref("fct_offer_fills") }}),

    movements as (
        select
            player_id,
            profile_number,
            played_date,
            item_id,
            'looted' as movement,
            quantity,
            value_gp as gp
        from loot_items
        union all
        select
            player_id,
            profile_number,
            played_date,
            item_id,
            case when side = 'buy' then 'bought' else 'sold' end as movement,
            quantity,
            cast(gp as double) as gp
        from offer_fills
    ),

    player_item_days as (
        select
            player_id,
            profile_number,
            played_date,
            item_id,
            cast(count(*) filter (where movement = 'looted') as bigint) as looted_count,
            cast(
                coalesce(sum(quantity) filter (where movement = 'looted'), 0) as bigint
            ) as looted_quantity,
            cast(
                coalesce(sum(gp) filter (where movement = 'looted'), 0) as double
            ) as looted_value_gp,
            cast(
                coalesce(sum(quantity) filter (where movement = 'bought'), 0) as bigint
            ) as bought_quantity,
            cast(coalesce(sum(gp) filter (where movement = 'bought'), 0) as bigint) as bought_gp,
            cast(
                coalesce(sum(quantity) filter (where movement = 'sold'), 0) as bigint
            ) as sold_quantity,
            cast(coalesce(sum(gp) filter (where movement = 'sold'), 0) as bigint) as sold_gp
        from movements
        group by player_id, profile_number, played_date, item_id
    )

select *
from player_item_days
