with
    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    game_ticks as (select * from {{ ref("fct_game_ticks") }}),

    ticks_by_profile as (
        select player_id, profile_number, count(*) as ticks_count
        from game_ticks
        where not is_overlap
        group by player_id, profile_number
    ),

    profiles as (
        select
            player_id,
            profile_number,
            max(profile_label) as label,
            min(first_event_ms) as first_event_ms,
            max(last_event_ms) as last_event_ms
        from session_profiles
        group by player_id, profile_number
    ),

    profiles_with_ticks as (
        select
            profiles.player_id,
            profiles.profile_number,
            profiles.label,
            profiles.first_event_ms,
            profiles.last_event_ms,
            coalesce(ticks_by_profile.ticks_count, 0) as ticks_count
        from profiles
        left join
            ticks_by_profile
            on profiles.player_id = ticks_by_profile.player_id
            and profiles.profile_number = ticks_by_profile.profile_number
    ),

    dim_player_profiles as (
        select
            player_id,
            profile_number,
            label,
            row_number() over (
                partition by player_id
                order by
                    case when label = 'main' then 0 else 1 end,
                    last_event_ms - first_event_ms desc,
                    ticks_count desc,
                    first_event_ms,
                    profile_number
            )
            = 1 as is_main,
            {{ epoch_ms_to_timestamp("first_event_ms") }} as first_at,
            {{ epoch_ms_to_timestamp("last_event_ms") }} as last_at,
            ticks_count
        from profiles_with_ticks
    )

select *
from dim_player_profiles
