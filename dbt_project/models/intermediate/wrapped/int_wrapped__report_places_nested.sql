with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    movement_periods as (select * from {{ ref("fct_player_movement_periods") }}),

    area_periods as (select * from {{ ref("fct_player_area_periods") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    top_areas as (
        select
            reports.report_id,
            area_periods.area_id,
            areas.area_name,
            area_periods.ticks_count,
            area_periods.played_hours,
            area_periods.visits_count,
            area_periods.first_visit_at,
            area_periods.deaths_count,
            row_number() over (
                partition by reports.report_id
                order by area_periods.ticks_count desc, areas.area_name, area_periods.area_id
            ) as position
        from reports
        inner join
            area_periods
            on reports.player_id = area_periods.player_id
            and reports.profile_number = area_periods.profile_number
            and reports.period_id = area_periods.period_id
        inner join areas on area_periods.area_id = areas.area_id
        qualify position <= {{ var("wrapped_report_list_rows") }}
    ),

    area_lists as (
        select
            report_id,
            {{
                ordered_list(
                    object_of(
                        "top_areas",
                        [
                            "area_id",
                            "area_name",
                            "ticks_count",
                            "played_hours",
                            "visits_count",
                            "first_visit_at",
                            "deaths_count",
                        ],
                    ),
                    ["position"],
                )
            }} as areas
        from top_areas
        group by report_id
    ),

    report_places as (
        select
            reports.report_id,
            {{
                object_of(
                    "movement_periods",
                    [
                        "walked_tiles_count",
                        "run_tiles_count",
                        "moved_tiles_count",
                        "jumps_count",
                        "burned_energy_percent",
                        "restored_energy_percent",
                        "unique_tiles_count",
                        "unique_regions_count",
                        "new_regions_count",
                        "favourite_tile_x",
                        "favourite_tile_y",
                        "favourite_tile_ticks_count",
                        "favourite_area_id",
                        "bank_standing_share",
                    ],
                )
            }} as movement,
            {{ list_or_empty("area_lists.areas") }} as areas
        from reports
        inner join
            movement_periods
            on reports.player_id = movement_periods.player_id
            and reports.profile_number = movement_periods.profile_number
            and reports.period_id = movement_periods.period_id
        left join area_lists on reports.report_id = area_lists.report_id
    )

select *
from report_places
