with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    movement_periods as (select * from {{ ref("fct_player_movement_periods") }}),

    area_periods as (select * from {{ ref("fct_player_area_periods") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    reported_places as (
        select
            reports.report_id,
            movement_periods.favourite_area_id,
            areas.area_name,
            area_periods.ticks_count,
            area_periods.played_hours,
            area_periods.visits_count
        from reports
        left join
            movement_periods
            on reports.player_id = movement_periods.player_id
            and reports.profile_number = movement_periods.profile_number
            and reports.period_id = movement_periods.period_id
        left join
            area_periods
            on movement_periods.player_id = area_periods.player_id
            and movement_periods.profile_number = area_periods.profile_number
            and movement_periods.period_id = area_periods.period_id
            and movement_periods.favourite_area_id = area_periods.area_id
        left join areas on movement_periods.favourite_area_id = areas.area_id
    ),

    place_slides as (
        select
            report_id,
            'favourite_place' as stat_id,
            played_hours as value,
            case
                when favourite_area_id is null then 0 when visits_count = 1 then 1 else 2
            end as things_count,
            'area' as image_kind,
            favourite_area_id as image_key,
            {{ escape_html("area_name") }} as word_1,
            {{ format_thousands("coalesce(visits_count, 0)") }} as word_2,
            {{ format_hours("played_hours") }} as word_3,
            cast(null as string) as word_4,
            {{ map_of_numbers({"ticks_count": "ticks_count", "visits_count": "visits_count"}) }}
            as detail
        from reported_places
    )

select *
from place_slides
