with
    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    player_days as (select * from {{ ref("fct_player_days") }}),

    tiles as (select * from {{ ref("int_wrapped__period_tiles_counted") }}),

    area_periods as (select * from {{ ref("fct_player_area_periods") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    moves as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            {%- for measure in [
                "ticks_count",
                "walked_tiles_count",
                "run_tiles_count",
                "jumps_count",
                "burned_energy_units",
                "restored_energy_units",
                "bank_standing_ticks_count",
            ] %}
                cast(coalesce(sum(player_days.{{ measure }}), 0) as bigint) as {{ measure }}
                {{- "," if not loop.last }}
            {%- endfor %}
        from player_periods
        left join
            player_days
            on player_periods.player_id = player_days.player_id
            and player_periods.profile_number = player_days.profile_number
            and player_days.played_date >= player_periods.start_date
            and player_days.played_date < player_periods.end_date
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    favourite_areas as (
        select
            area_periods.player_id,
            area_periods.profile_number,
            area_periods.period_id,
            area_periods.area_id
        from area_periods
        inner join areas on area_periods.area_id = areas.area_id
        where area_periods.area_id <> 'instance' and area_periods.ticks_count > 0
        qualify
            row_number() over (
                partition by
                    area_periods.player_id, area_periods.profile_number, area_periods.period_id
                order by area_periods.ticks_count desc, areas.area_name, area_periods.area_id
            )
            = 1
    ),

    player_movement_periods as (
        select
            moves.player_id,
            moves.profile_number,
            moves.period_id,
            moves.walked_tiles_count,
            moves.run_tiles_count,
            moves.walked_tiles_count + moves.run_tiles_count as moved_tiles_count,
            moves.jumps_count,
            cast(moves.burned_energy_units as double) / 100 as burned_energy_percent,
            cast(moves.restored_energy_units as double) / 100 as restored_energy_percent,
            coalesce(tiles.unique_tiles_count, 0) as unique_tiles_count,
            coalesce(tiles.unique_regions_count, 0) as unique_regions_count,
            coalesce(tiles.new_regions_count, 0) as new_regions_count,
            tiles.favourite_tile_x,
            tiles.favourite_tile_y,
            coalesce(tiles.favourite_tile_ticks_count, 0) as favourite_tile_ticks_count,
            favourite_areas.area_id as favourite_area_id,
            cast(moves.bank_standing_ticks_count as double)
            / nullif(moves.ticks_count, 0) as bank_standing_share
        from moves
        left join
            tiles
            on moves.player_id = tiles.player_id
            and moves.profile_number = tiles.profile_number
            and moves.period_id = tiles.period_id
        left join
            favourite_areas
            on moves.player_id = favourite_areas.player_id
            and moves.profile_number = favourite_areas.profile_number
            and moves.period_id = favourite_areas.period_id
    )

select *
from player_movement_periods
