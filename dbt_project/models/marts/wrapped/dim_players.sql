with
    players as (select * from {{ ref("int_wrapped__players_resolved") }}),

    player_profiles as (select * from {{ ref("dim_player_profiles") }}),

    dim_players as (
        select
            players.player_id,
            players.user_key,
            players.username,
            players.raw_username,
            players.owns_user_key,
            players.time_zone,
            players.is_opted_out,
            players.can_compare,
            players.visibility,
            players.first_event_at,
            players.last_event_at,
            coalesce(player_profiles.profile_number, 1) as main_profile_number,
            players.data_through_at,
            players.control_digest
        from players
        left join
            player_profiles
            on players.player_id = player_profiles.player_id
            and player_profiles.is_main
    )

select *
from dim_players
