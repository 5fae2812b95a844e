with
    players as (select * from {{ ref("int_wrapped__players_resolved") }}),

    dim_players as (
        select
            player_id,
            user_key,
            username,
            raw_username,
            owns_user_key,
            time_zone,
            is_opted_out,
            can_compare,
            visibility,
            first_event_at,
            last_event_at,
            cast(1 as integer) as main_profile_number,
            data_through_at,
            control_digest
        from players
    )

select *
from dim_players
