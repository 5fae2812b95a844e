with
    ticks_gathered as (select * from {{ ref("int_wrapped__legacy_ticks_gathered") }}),

    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    players as (select * from {{ ref("dim_players") }}),

    opted_out_keys as (
        select name_segments.user_key
        from players
        inner join name_segments on players.player_id = name_segments.player_id
        where players.is_opted_out
        group by name_segments.user_key
    ),

    usernames as (select username, user_key from ticks_gathered group by username, user_key),

    parity_users as (
        select
            'parity' as form,
            usernames.username,
            cast(null as string) as player_id,
            cast(null as integer) as profile_number
        from usernames
        left join opted_out_keys on usernames.user_key = opted_out_keys.user_key
        where opted_out_keys.user_key is null
    ),

    corrected_users as (
        select
            'corrected' as form,
            coalesce(players.raw_username, players.username) as username,
            players.player_id,
            players.main_profile_number as profile_number
        from players
        where players.owns_user_key and not players.is_opted_out
    ),

    legacy_users as (
        select form, username, player_id, profile_number
        from parity_users
        union all
        select form, username, player_id, profile_number
        from corrected_users
    )

select *
from legacy_users
