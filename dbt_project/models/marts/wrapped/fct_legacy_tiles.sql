with
    users as (select * from {{ ref("int_wrapped__legacy_users_listed") }}),

    parity_tiles as (select * from {{ ref("int_wrapped__legacy_tiles_stepped") }}),

    movement_periods as (select * from {{ ref("fct_player_movement_periods") }}),

    corrected_tiles as (
        select player_id, profile_number, moved_tiles_count, favourite_tile_x, favourite_tile_y
        from movement_periods
        where period_id = 'all'
    ),

    legacy_tiles as (
        select
            users.form,
            users.username,
            coalesce(parity_tiles.tiles_count, corrected_tiles.moved_tiles_count, 0) as tiles_count,
            coalesce(parity_tiles.favourite_x, corrected_tiles.favourite_tile_x) as favourite_x,
            coalesce(parity_tiles.favourite_y, corrected_tiles.favourite_tile_y) as favourite_y
        from users
        left join parity_tiles on users.username = parity_tiles.username and users.form = 'parity'
        left join
            corrected_tiles
            on users.player_id = corrected_tiles.player_id
            and users.profile_number = corrected_tiles.profile_number
    )

select *
from legacy_tiles
