with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    loot_items as (select * from {{ ref("fct_loot_items") }}),

    period_drops as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            loot_items.item_id,
            loot_items.quantity,
            loot_items.unit_price_gp,
            loot_items.value_gp,
            loot_items.mob_key,
            loot_items.dropped_at,
            loot_items.area_id,
            loot_items.kill_id,
            row_number() over (
                partition by periods.player_id, periods.profile_number, periods.period_id
                order by
                    loot_items.value_gp desc,
                    loot_items.dropped_at asc,
                    loot_items.item_id asc,
                    loot_items.kill_id asc
            ) as value_rank,
            row_number() over (
                partition by periods.player_id, periods.profile_number, periods.period_id
                order by
                    loot_items.unit_price_gp desc,
                    loot_items.dropped_at asc,
                    loot_items.item_id asc,
                    loot_items.kill_id asc
            ) as unit_price_rank
        from periods
        inner join
            loot_items
            on periods.player_id = loot_items.player_id
            and periods.profile_number = loot_items.profile_number
            and periods.start_date <= loot_items.played_date
            and periods.end_date > loot_items.played_date
    ),

    period_drops_ranked as (select * from period_drops where value_rank = 1 or unit_price_rank = 1)

select *
from period_drops_ranked
