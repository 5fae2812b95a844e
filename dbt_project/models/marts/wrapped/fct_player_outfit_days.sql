with
    session_outfits as (select * from {{ ref("int_wrapped__session_outfits_counted") }}),

    player_outfit_days as (
        select
            player_id,
            profile_number,
            played_date,
            outfit_id,
            cast(sum(ticks_count) as bigint) as ticks_count
        from session_outfits
        group by player_id, profile_number, played_date, outfit_id
    )

select *
from player_outfit_days
