with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    item_periods as (select * from {{ ref("fct_player_item_periods") }}),

    combat_periods as (select * from {{ ref("fct_player_combat_periods") }}),

    drops as (select * from {{ ref("int_wrapped__period_drops_ranked") }}),

    item_sets as (select * from {{ ref("wrapped_item_sets") }}),

    bones as (select item_id from item_sets where item_set = 'bones'),

    loot_totals as (
        select
            item_periods.player_id,
            item_periods.profile_number,
            item_periods.period_id,
            cast(sum(item_periods.looted_value_gp) as double) as loot_value_gp,
            cast(
                coalesce(
                    sum(item_periods.looted_quantity) filter (where bones.item_id is not null), 0
                ) as bigint
            ) as bones_count,
            cast(count(*) as bigint) as unique_items_count
        from item_periods
        left join bones on item_periods.item_id = bones.item_id
        group by item_periods.player_id, item_periods.profile_number, item_periods.period_id
    ),

    common_drops as (
        select *
        from item_periods
        -- Items in equally many kills: the larger quantity, then the smaller id.
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id
                order by looted_count desc, looted_quantity desc, item_id asc
            )
            = 1
    ),

    best_drops as (select * from drops where value_rank = 1),

    best_units as (select * from drops where unit_price_rank = 1),

    player_loot_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            coalesce(loot_totals.loot_value_gp, 0) as loot_value_gp,
            case
                when
                    combat_periods.combat_hours
                    >= {{ var("wrapped_combat_rate_min_seconds") }} / cast(3600 as double)
                then coalesce(loot_totals.loot_value_gp, 0) / nullif(combat_periods.combat_hours, 0)
            end as loot_gp_per_combat_hour,
            best_drops.item_id as best_drop_item_id,
            best_drops.quantity as best_drop_quantity,
            best_drops.value_gp as best_drop_value_gp,
            best_drops.mob_key as best_drop_mob_key,
            best_drops.dropped_at as best_drop_at,
            best_drops.area_id as best_drop_area_id,
            best_units.item_id as best_unit_item_id,
            best_units.unit_price_gp as best_unit_price_gp,
            common_drops.item_id as common_drop_item_id,
            coalesce(common_drops.looted_count, 0) as common_drop_count,
            coalesce(loot_totals.bones_count, 0) as bones_count,
            coalesce(loot_totals.unique_items_count, 0) as unique_items_count
        from periods
        left join
            loot_totals
            on periods.player_id = loot_totals.player_id
            and periods.profile_number = loot_totals.profile_number
            and periods.period_id = loot_totals.period_id
        left join
            combat_periods
            on periods.player_id = combat_periods.player_id
            and periods.profile_number = combat_periods.profile_number
            and periods.period_id = combat_periods.period_id
        left join
            best_drops
            on periods.player_id = best_drops.player_id
            and periods.profile_number = best_drops.profile_number
            and periods.period_id = best_drops.period_id
        left join
            best_units
            on periods.player_id = best_units.player_id
            and periods.profile_number = best_units.profile_number
            and periods.period_id = best_units.period_id
        left join
            common_drops
            on periods.player_id = common_drops.player_id
            and periods.profile_number = common_drops.profile_number
            and periods.period_id = common_drops.period_id
    )

select *
from player_loot_periods
