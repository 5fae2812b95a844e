with
    ticks_gathered as (select * from {{ ref("int_wrapped__legacy_ticks_gathered") }}),

    located_ticks as (
        select username, id_rank, id_number, id_process, id_counter, x, y, region_id
        from ticks_gathered
        where x is not null and y is not null and region_id is not null
    ),

    -- The old job took documents as they were stored, over logins and gaps.
    neighbours as (
        select
            username,
            region_id,
            abs(x - lag(x) over documents) as step_x,
            abs(y - lag(y) over documents) as step_y,
            lag(region_id) over documents as previous_region_id
        from located_ticks
        window
            documents as (partition by username order by id_rank, id_number, id_process, id_counter)
    ),

    steps as (
        select
            username,
            case
                when step_x is null
                then 0
                when
                    (
                        step_x > {{ var("wrapped_legacy_step_tiles") }}
                        or step_y > {{ var("wrapped_legacy_step_tiles") }}
                    )
                    and region_id <> previous_region_id
                then 0
                else greatest(step_x, step_y)
            end as step_tiles
        from neighbours
    ),

    tiles_walked as (
        select username, cast(sum(step_tiles) as bigint) as tiles_count from steps group by username
    ),

    tiles_visited as (
        select username, x, y, count(*) as documents_count
        from located_ticks
        group by username, x, y
    ),

    favourite_tiles as (
        select username, x, y
        from tiles_visited
        qualify
            row_number() over (
                partition by username
                -- Many tiles may be seen equally often: the smallest one is taken, as in
                -- statistic 16.
                order by documents_count desc, x asc, y asc
            )
            = 1
    ),

    legacy_tiles as (
        select
            tiles_walked.username,
            tiles_walked.tiles_count,
            favourite_tiles.x as favourite_x,
            favourite_tiles.y as favourite_y
        from tiles_walked
        inner join favourite_tiles on tiles_walked.username = favourite_tiles.username
    )

select *
from legacy_tiles
