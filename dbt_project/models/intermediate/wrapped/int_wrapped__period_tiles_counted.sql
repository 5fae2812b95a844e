{{ config(materialized="table") }}

with
    tile_days as (select * from {{ ref("fct_player_tile_days") }}),

    period_days as (select * from {{ ref("int_wrapped__period_days_spanned") }}),

    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    tiles as (
        select
            period_days.player_id,
            period_days.profile_number,
            period_days.period_id,
            tile_days.x,
            tile_days.y,
            cast(floor(tile_days.x / 64) as integer) * 256
            + cast(floor(tile_days.y / 64) as integer) as region_id,
            cast(sum(tile_days.ticks_count) as bigint) as ticks_count,
            min(tile_days.played_date) as first_date
        from period_days
        inner join
            tile_days
            on period_days.player_id = tile_days.player_id
            and period_days.profile_number = tile_days.profile_number
            and period_days.played_date = tile_days.played_date
        group by
            period_days.player_id,
            period_days.profile_number,
            period_days.period_id,
            tile_days.x,
            tile_days.y
    ),

    favourite_tiles as (
        select *
        from tiles
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id order by ticks_count desc, x, y
            )
            = 1
    ),

    regions as (
        select player_id, profile_number, period_id, region_id, min(first_date) as first_date
        from tiles
        group by player_id, profile_number, period_id, region_id
    ),

    new_regions as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            count(*) as new_regions_count
        from player_periods
        inner join
            regions
            on player_periods.player_id = regions.player_id
            and player_periods.profile_number = regions.profile_number
            and regions.first_date >= player_periods.start_date
            and regions.first_date < player_periods.end_date
        where regions.period_id = 'all'
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    tile_counts as (
        select
            player_id,
            profile_number,
            period_id,
            count(*) as unique_tiles_count,
            count(distinct region_id) as unique_regions_count
        from tiles
        group by player_id, profile_number, period_id
    ),

    period_tiles_counted as (
        select
            tile_counts.player_id,
            tile_counts.profile_number,
            tile_counts.period_id,
            tile_counts.unique_tiles_count,
            tile_counts.unique_regions_count,
            coalesce(new_regions.new_regions_count, 0) as new_regions_count,
            favourite_tiles.x as favourite_tile_x,
            favourite_tiles.y as favourite_tile_y,
            favourite_tiles.ticks_count as favourite_tile_ticks_count
        from tile_counts
        inner join
            favourite_tiles
            on tile_counts.player_id = favourite_tiles.player_id
            and tile_counts.profile_number = favourite_tiles.profile_number
            and tile_counts.period_id = favourite_tiles.period_id
        left join
            new_regions
            on tile_counts.player_id = new_regions.player_id
            and tile_counts.profile_number = new_regions.profile_number
            and tile_counts.period_id = new_regions.period_id
    )

select *
from period_tiles_counted
