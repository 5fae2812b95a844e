with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    movement_periods as (select * from {{ ref("fct_player_movement_periods") }}),

    reported_movement as (
        select
            reports.report_id,
            movement_periods.moved_tiles_count,
            movement_periods.walked_tiles_count,
            movement_periods.run_tiles_count,
            movement_periods.burned_energy_percent,
            movement_periods.restored_energy_percent,
            movement_periods.new_regions_count,
            movement_periods.unique_regions_count,
            movement_periods.unique_tiles_count,
            case
                when movement_periods.moved_tiles_count > 0
                then movement_periods.burned_energy_percent / 100
            end as burned_bars
        from reports
        inner join
            movement_periods
            on reports.player_id = movement_periods.player_id
            and reports.profile_number = movement_periods.profile_number
            and reports.period_id = movement_periods.period_id
    ),

    movement_slides as (
        select
            report_id,
            'tiles' as stat_id,
            cast(moved_tiles_count as double) as value,
            moved_tiles_count as things_count,
            'stat' as image_kind,
            'tiles' as image_key,
            {{ format_thousands("moved_tiles_count") }} as word_1,
            {{ format_thousands("walked_tiles_count") }} as word_2,
            {{ format_thousands("run_tiles_count") }} as word_3,
            cast(null as string) as word_4,
            {{
                map_of_numbers(
                    {
                        "run_tiles_count": "run_tiles_count",
                        "walked_tiles_count": "walked_tiles_count",
                    }
                )
            }} as detail
        from reported_movement
        union all
        select
            report_id,
            'energy' as stat_id,
            cast(burned_bars as double) as value,
            2 as things_count,
            'stat' as image_kind,
            'energy' as image_key,
            {{ format_thousands("burned_bars", 1) }} as word_1,
            null as word_2,
            null as word_3,
            null as word_4,
            {{
                map_of_numbers(
                    {
                        "burned_energy_percent": "burned_energy_percent",
                        "restored_energy_percent": "restored_energy_percent",
                    }
                )
            }} as detail
        from reported_movement
        union all
        select
            report_id,
            'explorer' as stat_id,
            cast(new_regions_count as double) as value,
            new_regions_count as things_count,
            'stat' as image_kind,
            'explorer' as image_key,
            {{ format_thousands("new_regions_count") }} as word_1,
            {{ format_thousands("unique_tiles_count") }} as word_2,
            null as word_3,
            null as word_4,
            {{
                map_of_numbers(
                    {
                        "unique_regions_count": "unique_regions_count",
                        "unique_tiles_count": "unique_tiles_count",
                    }
                )
            }} as detail
        from reported_movement
    )

select *
from movement_slides
