with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    style_periods as (select * from {{ ref("fct_player_style_periods") }}),

    gear_periods as (select * from {{ ref("fct_player_gear_periods") }}),

    items as (select * from {{ ref("dim_items") }}),

    top_gear as (
        select
            reports.report_id,
            gear_periods.slot_number,
            gear_periods.item_id,
            items.item_name,
            gear_periods.ticks_count,
            gear_periods.played_hours,
            row_number() over (
                partition by reports.report_id, gear_periods.slot_number
                order by gear_periods.ticks_count desc, gear_periods.item_id
            ) as position
        from reports
        inner join
            gear_periods
            on reports.player_id = gear_periods.player_id
            and reports.profile_number = gear_periods.profile_number
            and reports.period_id = gear_periods.period_id
        inner join items on gear_periods.item_id = items.item_id
        qualify position <= {{ var("wrapped_report_gear_rows") }}
    ),

    gear_lists as (
        select
            report_id,
            {{
                ordered_list(
                    object_of(
                        "top_gear",
                        ["slot_number", "item_id", "item_name", "ticks_count", "played_hours"],
                    ),
                    ["slot_number", "position"],
                )
            }} as gear
        from top_gear
        group by report_id
    ),

    report_gear as (
        select
            reports.report_id,
            {{
                object(
                    {
                        "favourite_weapon_item_id": "style_periods.favourite_weapon_item_id",
                        "favourite_outfit_id": "cast(style_periods.favourite_outfit_id as string)",
                        "favourite_outfit_ticks_count": "style_periods.favourite_outfit_ticks_count",
                    }
                )
            }}
            as style,
            {{ list_or_empty("gear_lists.gear") }} as gear
        from reports
        inner join
            style_periods
            on reports.player_id = style_periods.player_id
            and reports.profile_number = style_periods.profile_number
            and reports.period_id = style_periods.period_id
        left join gear_lists on reports.report_id = gear_lists.report_id
    )

select *
from report_gear
