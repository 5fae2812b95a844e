{{ config(materialized="table") }}

with
    session_days as (select * from {{ ref("int_wrapped__session_days_counted") }}),

    login_events as (select * from {{ ref("int_wrapped__login_events_dated") }}),

    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    sessions_in_periods as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            session_days.session_id,
            sum(session_days.ticks_count) as ticks_count,
            max(abs(session_days.median_arrival_delay_seconds))
            > {{ var("wrapped_clock_skew_seconds") }} as is_clock_skewed
        from player_periods
        inner join
            session_days
            on player_periods.player_id = session_days.player_id
            and player_periods.profile_number = session_days.profile_number
            and session_days.played_date >= player_periods.start_date
            and session_days.played_date < player_periods.end_date
        where session_days.ticks_count > 0
        group by
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            session_days.session_id
    ),

    logins as (
        select
            player_id,
            profile_number,
            period_id,
            count(*) as logins_count,
            count(*) filter (
                where ticks_count < {{ var("wrapped_real_session_ticks") }}
            ) as short_logins_count,
            count(*) filter (where is_clock_skewed) as clock_skewed_sessions_count
        from sessions_in_periods
        group by player_id, profile_number, period_id
    ),

    events_in_periods as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            count(*) filter (where login_events.event_kind = 'empty_login') as empty_logins_count,
            count(*) filter (where login_events.event_kind = 'world_hop') as world_hops_count
        from player_periods
        inner join
            login_events
            on player_periods.player_id = login_events.player_id
            and player_periods.profile_number = login_events.profile_number
            and login_events.played_date >= player_periods.start_date
            and login_events.played_date < player_periods.end_date
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    period_logins_counted as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            coalesce(logins.logins_count, 0) as logins_count,
            coalesce(logins.short_logins_count, 0) as short_logins_count,
            coalesce(events_in_periods.empty_logins_count, 0) as empty_logins_count,
            coalesce(events_in_periods.world_hops_count, 0) as world_hops_count,
            coalesce(logins.clock_skewed_sessions_count, 0) as clock_skewed_sessions_count
        from player_periods
        left join
            logins
            on player_periods.player_id = logins.player_id
            and player_periods.profile_number = logins.profile_number
            and player_periods.period_id = logins.period_id
        left join
            events_in_periods
            on player_periods.player_id = events_in_periods.player_id
            and player_periods.profile_number = events_in_periods.profile_number
            and player_periods.period_id = events_in_periods.period_id
    )

select *
from period_logins_counted
