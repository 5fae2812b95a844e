with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    style_periods as (select * from {{ ref("fct_player_style_periods") }}),

    gear_periods as (select * from {{ ref("fct_player_gear_periods") }}),

    items as (select * from {{ ref("dim_items") }}),

    gear_slides as (
        select
            reports.report_id,
            'favourite_weapon' as stat_id,
            gear_periods.played_hours as value,
            2 as things_count,
            'item' as image_kind,
            cast(style_periods.favourite_weapon_item_id as string) as image_key,
            {{ escape_html("items.item_name") }} as word_1,
            {{ format_hours("gear_periods.played_hours") }} as word_2,
            cast(null as string) as word_3,
            cast(null as string) as word_4,
            {{ map_of_numbers({"ticks_count": "gear_periods.ticks_count"}) }} as detail
        from reports
        inner join
            style_periods
            on reports.player_id = style_periods.player_id
            and reports.profile_number = style_periods.profile_number
            and reports.period_id = style_periods.period_id
        inner join items on style_periods.favourite_weapon_item_id = items.item_id
        inner join
            gear_periods
            on style_periods.player_id = gear_periods.player_id
            and style_periods.profile_number = gear_periods.profile_number
            and style_periods.period_id = gear_periods.period_id
            and style_periods.favourite_weapon_item_id = gear_periods.item_id
            and gear_periods.slot_number = {{ var("wrapped_weapon_slot") }}
    )

select *
from gear_slides
