{{ config(materialized="table") }}

with
    play_runs as (select * from {{ ref("int_wrapped__play_runs_linked") }}),

    period_days as (select * from {{ ref("int_wrapped__period_days_spanned") }}),

    sessions_in_periods as (
        select
            period_days.player_id,
            period_days.profile_number,
            period_days.period_id,
            play_runs.play_session_number,
            min(play_runs.started_at) as started_at,
            max(play_runs.ended_at) as ended_at,
            cast(sum(play_runs.ticks_count) as bigint) as ticks_count
        from period_days
        inner join
            play_runs
            on period_days.player_id = play_runs.player_id
            and period_days.profile_number = play_runs.profile_number
            and period_days.played_date = play_runs.played_date
        group by
            period_days.player_id,
            period_days.profile_number,
            period_days.period_id,
            play_runs.play_session_number
        having sum(play_runs.ticks_count) >= {{ var("wrapped_real_session_ticks") }}
    ),

    period_sessions_clipped as (
        select
            player_id,
            profile_number,
            period_id,
            play_session_number,
            started_at,
            ended_at,
            ticks_count,
            {{ seconds_between("started_at", "ended_at") }} as session_seconds,
            lag(ended_at) over time_chain as previous_ended_at,
            {{ seconds_between("lag(ended_at) over time_chain", "started_at") }} as break_seconds
        from sessions_in_periods
        window
            time_chain as (
                partition by player_id, profile_number, period_id
                order by started_at, play_session_number
            )
    )

select *
from period_sessions_clipped
