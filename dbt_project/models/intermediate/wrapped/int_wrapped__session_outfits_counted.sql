with
    game_ticks as (select * from {{ ref("fct_game_ticks") }}),

    session_outfits_counted as (
        select
            player_id,
            profile_number,
            session_id,
            played_date,
            outfit_id,
            cast(count(*) as bigint) as ticks_count
        from game_ticks
        where outfit_id is not null and not is_overlap
        group by player_id, profile_number, session_id, played_date, outfit_id
    )

select *
from session_outfits_counted
