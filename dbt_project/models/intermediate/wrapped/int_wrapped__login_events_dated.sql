{{ config(materialized="table") }}

{% set event_models = [
    "actor_deaths",
    "hitsplats",
    "loot_drops",
    "offer_changes",
    "stat_changes",
] %}

with
    {% for entities in event_models %}
        {{ entities }} as (select * from {{ ref("int_wrapped__" ~ entities ~ "_deduplicated") }}),
    {% endfor %}
    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    login_segments as (select * from {{ ref("fct_login_segments") }}),

    session_days as (select * from {{ ref("int_wrapped__session_days_counted") }}),

    sessions_with_ticks as (
        select player_id, session_id from session_days group by player_id, session_id
    ),

    event_sessions as (
        {% for entities in event_models %}
            select player_id, session_id, min(played_date) as played_date
            from {{ entities }}
            group by player_id, session_id {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    empty_logins as (
        select
            event_sessions.player_id,
            event_sessions.session_id,
            min(event_sessions.played_date) as played_date
        from event_sessions
        left join
            sessions_with_ticks
            on event_sessions.player_id = sessions_with_ticks.player_id
            and event_sessions.session_id = sessions_with_ticks.session_id
        where sessions_with_ticks.session_id is null
        group by event_sessions.player_id, event_sessions.session_id
    ),

    -- A hop is known by its burst of stat changes, so these date it.
    world_hops as (
        select
            login_segments.player_id,
            login_segments.profile_number,
            login_segments.session_id,
            login_segments.segment_number,
            min(stat_changes.played_date) as played_date
        from login_segments
        inner join
            stat_changes
            on login_segments.player_id = stat_changes.player_id
            and login_segments.session_id = stat_changes.session_id
            and login_segments.burst_tick = stat_changes.tick_position
        where login_segments.is_hop
        group by
            login_segments.player_id,
            login_segments.profile_number,
            login_segments.session_id,
            login_segments.segment_number
    ),

    login_events_dated as (
        select
            empty_logins.player_id,
            coalesce(session_profiles.profile_number, 1) as profile_number,
            empty_logins.session_id,
            1 as segment_number,
            empty_logins.played_date,
            'empty_login' as event_kind
        from empty_logins
        left join
            session_profiles
            on empty_logins.player_id = session_profiles.player_id
            and empty_logins.session_id = session_profiles.session_id
            and session_profiles.segment_number = 1
        union all
        select
            player_id,
            profile_number,
            session_id,
            segment_number,
            played_date,
            'world_hop' as event_kind
        from world_hops
    )

select *
from login_events_dated
