with
    legacy_tiles as (select * from {{ ref("fct_legacy_tiles") }}),

    total_tiles as (
        select
            username as _id,
            cast(null as double) as timestamp,
            tiles_count as tilecount,
            username,
            case
                when favourite_x is not null
                then {{ list_of(["cast(favourite_x as bigint)", "cast(favourite_y as bigint)"]) }}
            end as favourite_tile
        from legacy_tiles
        where form = '{{ var("wrapped_legacy_form") }}'
    )

select *
from total_tiles
