with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    loot_periods as (select * from {{ ref("fct_player_loot_periods") }}),

    items as (select * from {{ ref("dim_items") }}),

    mobs as (select * from {{ ref("dim_mobs") }}),

    reported_loot as (
        select
            reports.report_id,
            loot_periods.best_drop_item_id,
            best_items.item_name as best_drop_item_name,
            loot_periods.best_drop_quantity,
            loot_periods.best_drop_value_gp,
            mobs.mob_name as best_drop_mob_name,
            loot_periods.loot_value_gp,
            loot_periods.unique_items_count,
            loot_periods.bones_count,
            loot_periods.common_drop_item_id,
            loot_periods.common_drop_count,
            common_items.item_name as common_drop_item_name
        from reports
        inner join
            loot_periods
            on reports.player_id = loot_periods.player_id
            and reports.profile_number = loot_periods.profile_number
            and reports.period_id = loot_periods.period_id
        left join items as best_items on loot_periods.best_drop_item_id = best_items.item_id
        left join items as common_items on loot_periods.common_drop_item_id = common_items.item_id
        left join mobs on loot_periods.best_drop_mob_key = mobs.mob_key
    ),

    loot_slides as (
        select
            report_id,
            'best_drop' as stat_id,
            best_drop_value_gp as value,
            best_drop_quantity as things_count,
            'item' as image_kind,
            cast(best_drop_item_id as string) as image_key,
            {{ escape_html("best_drop_item_name") }} as word_1,
            {{ format_thousands("best_drop_quantity") }} as word_2,
            {{ format_gp("best_drop_value_gp") }} as word_3,
            {{ escape_html("coalesce(best_drop_mob_name, 'an unknown monster')") }} as word_4,
            {{ map_of_numbers({"quantity": "best_drop_quantity"}) }} as detail
        from reported_loot
        union all
        select
            report_id,
            'loot' as stat_id,
            loot_value_gp as value,
            2 as things_count,
            'item' as image_kind,
            cast(common_drop_item_id as string) as image_key,
            {{ format_gp("loot_value_gp") }} as word_1,
            coalesce(
                ', most often '
                || {{ escape_html("common_drop_item_name") }}
                || ' ('
                || {{ format_thousands("common_drop_count") }}
                || ')',
                ''
            ) as word_2,
            null as word_3,
            null as word_4,
            {{
                map_of_numbers(
                    {"bones_count": "bones_count", "unique_items_count": "unique_items_count"}
                )
            }} as detail
        from reported_loot
    )

select *
from loot_slides
