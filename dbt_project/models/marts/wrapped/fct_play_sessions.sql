with
    play_runs as (select * from {{ ref("int_wrapped__play_runs_linked") }}),

    play_sessions as (
        select
            player_id,
            profile_number,
            play_session_number,
            min(started_at) as started_at,
            max(ended_at) as ended_at,
            min(played_date) as first_played_date,
            max(played_date) as last_played_date,
            {{ seconds_between("min(started_at)", "max(ended_at)") }} as session_seconds,
            cast(sum(ticks_count) as bigint) as ticks_count,
            sum(ticks_count) >= {{ var("wrapped_real_session_ticks") }} as is_real
        from play_runs
        group by player_id, profile_number, play_session_number
    )

select *
from play_sessions
