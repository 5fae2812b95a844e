with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    loot_periods as (select * from {{ ref("fct_player_loot_periods") }}),

    item_periods as (select * from {{ ref("fct_player_item_periods") }}),

    items as (select * from {{ ref("dim_items") }}),

    top_items as (
        select
            reports.report_id,
            item_periods.item_id,
            items.item_name,
            item_periods.looted_quantity,
            item_periods.looted_count,
            item_periods.looted_value_gp,
            row_number() over (
                partition by reports.report_id
                order by item_periods.looted_value_gp desc, item_periods.item_id
            ) as position
        from reports
        inner join
            item_periods
            on reports.player_id = item_periods.player_id
            and reports.profile_number = item_periods.profile_number
            and reports.period_id = item_periods.period_id
        inner join items on item_periods.item_id = items.item_id
        qualify position <= {{ var("wrapped_report_list_rows") }}
    ),

    item_lists as (
        select
            report_id,
            {{
                ordered_list(
                    object_of(
                        "top_items",
                        [
                            "item_id",
                            "item_name",
                            "looted_quantity",
                            "looted_count",
                            "looted_value_gp",
                        ],
                    ),
                    ["position"],
                )
            }} as items
        from top_items
        group by report_id
    ),

    report_loot as (
        select
            reports.report_id,
            {{
                object_of(
                    "loot_periods",
                    [
                        "loot_value_gp",
                        "loot_gp_per_combat_hour",
                        "best_drop_item_id",
                        "best_drop_quantity",
                        "best_drop_value_gp",
                        "best_drop_mob_key",
                        "best_drop_at",
                        "best_drop_area_id",
                        "best_unit_item_id",
                        "best_unit_price_gp",
                        "common_drop_item_id",
                        "common_drop_count",
                        "bones_count",
                        "unique_items_count",
                    ],
                )
            }} as loot,
            {{ list_or_empty("item_lists.items") }} as items
        from reports
        inner join
            loot_periods
            on reports.player_id = loot_periods.player_id
            and reports.profile_number = loot_periods.profile_number
            and reports.period_id = loot_periods.period_id
        left join item_lists on reports.report_id = item_lists.report_id
    )

select *
from report_loot
