{{ config(materialized="table") }}

with
    sessions as (select * from {{ ref("int_wrapped__period_sessions_clipped") }}),

    ranked_sessions as (
        select
            *,
            row_number() over (
                partition by player_id, profile_number, period_id
                order by session_seconds desc, started_at
            ) as length_rank,
            row_number() over (
                partition by player_id, profile_number, period_id
                order by break_seconds desc nulls last, started_at
            ) as break_rank
        from sessions
    ),

    period_sessions_summed as (
        select
            player_id,
            profile_number,
            period_id,
            count(*) as sessions_count,
            median(session_seconds) as median_session_seconds,
            max(session_seconds) as longest_session_seconds,
            max(case when length_rank = 1 then started_at end) as longest_session_started_at,
            max(case when length_rank = 1 then ticks_count end) as longest_session_ticks_count,
            min(break_seconds) as shortest_break_seconds,
            max(break_seconds) as longest_break_seconds,
            max(case when break_rank = 1 then previous_ended_at end) as longest_break_from_at,
            max(
                case when break_rank = 1 and break_seconds is not null then started_at end
            ) as longest_break_to_at
        from ranked_sessions
        group by player_id, profile_number, period_id
    )

select *
from period_sessions_summed
