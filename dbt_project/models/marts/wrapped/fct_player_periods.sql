{% set seconds_per_tick = var("wrapped_seconds_per_tick") %}
{% set joined = [
    "sessions",
    "streaks",
    "records",
    "hours",
    "logins",
    "rows_checked",
] %}

with
    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    player_days as (select * from {{ ref("fct_player_days") }}),

    play_runs as (select * from {{ ref("fct_play_runs") }}),

    player_zones as (select * from {{ ref("int_wrapped__player_zones") }}),

    sessions as (select * from {{ ref("int_wrapped__period_sessions_summed") }}),

    streaks as (select * from {{ ref("int_wrapped__period_streaks_measured") }}),

    records as (select * from {{ ref("int_wrapped__period_records_found") }}),

    hours as (select * from {{ ref("int_wrapped__period_hours_ranked") }}),

    logins as (select * from {{ ref("int_wrapped__period_logins_counted") }}),

    rows_checked as (select * from {{ ref("int_wrapped__period_rows_checked") }}),

    ticks as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            {%- for measure in [
                "ticks_count",
                "overlap_ticks_count",
                "lost_ticks_count",
                "credited_lost_ticks_count",
                "idle_ticks_count",
            ] %}
                cast(coalesce(sum(player_days.{{ measure }}), 0) as bigint) as {{ measure }},
            {%- endfor %}
            cast(
                sum(
                    case
                        when {{ iso_weekday("player_days.played_date") }} >= 6
                        then player_days.ticks_count
                        else 0
                    end
                ) as double
            ) as weekend_ticks_count,
            min(player_days.first_tick_at) as first_tick_at,
            max(player_days.last_tick_at) as last_tick_at
        from player_periods
        left join
            player_days
            on player_periods.player_id = player_days.player_id
            and player_periods.profile_number = player_days.profile_number
            and player_days.played_date >= player_periods.start_date
            and player_days.played_date < player_periods.end_date
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    first_runs as (
        select player_id, profile_number, started_at, first_area_id
        from play_runs
        qualify
            row_number() over (
                partition by player_id, profile_number, started_at order by played_date, run_number
            )
            = 1
    ),

    last_runs as (
        select player_id, profile_number, ended_at, last_area_id
        from play_runs
        qualify
            row_number() over (
                partition by player_id, profile_number, ended_at
                order by played_date desc, run_number desc
            )
            = 1
    ),

    player_period_statistics as (
        select
            ticks.player_id,
            ticks.profile_number,
            ticks.period_id,
            ticks.ticks_count,
            cast(ticks.ticks_count as double) * {{ seconds_per_tick }} / 3600 as played_hours,
            cast(ticks.ticks_count + ticks.credited_lost_ticks_count as double)
            * {{ seconds_per_tick }}
            / 3600 as adjusted_hours,
            ticks.lost_ticks_count,
            ticks.credited_lost_ticks_count,
            cast(ticks.ticks_count - ticks.idle_ticks_count as double)
            * {{ seconds_per_tick }}
            / 3600 as active_hours,
            cast(ticks.idle_ticks_count as double) * {{ seconds_per_tick }} / 3600 as idle_hours,
            cast(ticks.idle_ticks_count as double) / nullif(ticks.ticks_count, 0) as idle_share,
            sessions.longest_session_seconds,
            sessions.longest_session_started_at,
            coalesce(sessions.longest_session_ticks_count, 0) as longest_session_ticks_count,
            coalesce(sessions.sessions_count, 0) as sessions_count,
            sessions.median_session_seconds,
            sessions.shortest_break_seconds,
            coalesce(streaks.active_days_count, 0) as active_days_count,
            coalesce(streaks.longest_streak_days, 0) as longest_streak_days,
            streaks.longest_streak_start_date,
            streaks.longest_streak_end_date,
            coalesce(streaks.longest_full_streak_days, 0) as longest_full_streak_days,
            streaks.longest_full_streak_start_date,
            streaks.longest_full_streak_end_date,
            coalesce(streaks.current_streak_days, 0) as current_streak_days,
            records.busiest_date,
            coalesce(records.busiest_day_ticks_count, 0) as busiest_day_ticks_count,
            records.busiest_week,
            coalesce(records.busiest_week_ticks_count, 0) as busiest_week_ticks_count,
            records.best_month,
            coalesce(records.best_month_ticks_count, 0) as best_month_ticks_count,
            hours.peak_hour,
            hours.chronotype,
            ticks.first_tick_at,
            first_runs.first_area_id,
            ticks.last_tick_at,
            last_runs.last_area_id,
            ticks.weekend_ticks_count / nullif(ticks.ticks_count, 0) as weekend_share,
            sessions.longest_break_seconds,
            sessions.longest_break_from_at,
            sessions.longest_break_to_at,
            case
                when
                    sessions.longest_break_seconds
                    >= {{ var("wrapped_comeback_days") }} * cast(86400 as double)
                then sessions.longest_break_to_at
            end as comeback_at,
            logins.logins_count,
            logins.short_logins_count,
            logins.empty_logins_count,
            logins.world_hops_count,
            cast(ticks.ticks_count as double)
            / nullif(ticks.ticks_count + ticks.lost_ticks_count, 0) as completeness_share,
            rows_checked.untracked_xp_share,
            rows_checked.first_data_at,
            rows_checked.rejected_rows_count,
            rows_checked.degraded_rows_count,
            rows_checked.duplicate_rows_count,
            ticks.overlap_ticks_count,
            logins.clock_skewed_sessions_count,
            rows_checked.profiles_count,
            coalesce(
                player_zones.time_zone,
                case when ticks.last_tick_at is null then rows_checked.current_time_zone end,
                'UTC'
            ) as time_zone,
            rows_checked.data_through_at,
            rows_checked.is_complete
        from ticks
        {%- for relation in joined %}
            left join
                {{ relation }}
                on ticks.player_id = {{ relation }}.player_id
                and ticks.profile_number = {{ relation }}.profile_number
                and ticks.period_id = {{ relation }}.period_id
        {%- endfor %}
        left join
            first_runs
            on ticks.player_id = first_runs.player_id
            and ticks.profile_number = first_runs.profile_number
            and ticks.first_tick_at = first_runs.started_at
        left join
            last_runs
            on ticks.player_id = last_runs.player_id
            and ticks.profile_number = last_runs.profile_number
            and ticks.last_tick_at = last_runs.ended_at
        left join
            player_zones
            on ticks.player_id = player_zones.player_id
            and ticks.last_tick_at >= coalesce(player_zones.valid_from, ticks.last_tick_at)
            and (ticks.last_tick_at < player_zones.valid_to or player_zones.valid_to is null)
    )

select *
from player_period_statistics
