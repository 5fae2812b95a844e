{{ config(materialized="table") }}

with
    play_runs as (select * from {{ ref("fct_play_runs") }}),

    runs_with_breaks as (
        select
            *,
            case
                when
                    {{ seconds_between("lag(ended_at) over time_chain", "started_at") }}
                    <= {{ var("wrapped_session_gap_seconds") }}
                then 0
                else 1
            end as session_start
        from play_runs
        window
            time_chain as (
                partition by player_id, profile_number order by started_at, played_date, run_number
            )
    ),

    runs_in_sessions as (
        select
            *,
            cast(
                sum(session_start) over (
                    partition by player_id, profile_number
                    order by started_at, played_date, run_number
                    rows between unbounded preceding and current row
                ) as integer
            ) as play_session_number
        from runs_with_breaks
    ),

    play_runs_linked as (
        select
            player_id,
            profile_number,
            play_session_number,
            played_date,
            run_number,
            started_at,
            ended_at,
            ticks_count,
            cast(
                sum(ticks_count) over (
                    partition by player_id, profile_number, play_session_number
                    order by started_at, played_date, run_number
                    rows between unbounded preceding and current row
                )
                - ticks_count as bigint
            ) as earlier_ticks_count
        from runs_in_sessions
    )

select *
from play_runs_linked
