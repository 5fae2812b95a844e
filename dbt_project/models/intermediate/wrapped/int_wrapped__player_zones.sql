with
    player_settings as (select * from {{ ref("int_wrapped__player_settings_mapped") }}),

    player_zones as (
        select
            player_id,
            time_zone,
            valid_from,
            lead(valid_from) over (
                partition by player_id order by valid_from nulls first
            ) as valid_to
        from player_settings
        where time_zone is not null
    )

select *
from player_zones
