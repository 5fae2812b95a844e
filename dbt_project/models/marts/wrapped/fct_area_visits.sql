with
    area_stints as (select * from {{ ref("fct_area_stints") }}),

    play_runs as (select * from {{ ref("int_wrapped__play_runs_linked") }}),

    stints_in_sessions as (
        select
            area_stints.player_id,
            area_stints.profile_number,
            play_runs.play_session_number,
            area_stints.area_id,
            area_stints.played_date,
            area_stints.started_at,
            area_stints.ended_at,
            area_stints.ticks_count,
            play_runs.earlier_ticks_count + area_stints.first_ordinal as first_ordinal,
            play_runs.earlier_ticks_count + area_stints.last_ordinal as last_ordinal
        from area_stints
        inner join
            play_runs
            on area_stints.player_id = play_runs.player_id
            and area_stints.profile_number = play_runs.profile_number
            and area_stints.played_date = play_runs.played_date
            and area_stints.run_number = play_runs.run_number
        where area_stints.area_id is not null
    ),

    stints_with_excursions as (
        select
            *,
            case
                when
                    first_ordinal - lag(last_ordinal) over area_chain - 1
                    <= {{ var("wrapped_visit_excursion_ticks") }}
                then 0
                else 1
            end as visit_start
        from stints_in_sessions
        window
            area_chain as (
                partition by player_id, profile_number, play_session_number, area_id
                order by first_ordinal
            )
    ),

    stints_in_visits as (
        select
            *,
            sum(visit_start) over (
                partition by player_id, profile_number, play_session_number, area_id
                order by first_ordinal
                rows between unbounded preceding and current row
            ) as visit_number
        from stints_with_excursions
    ),

    area_visits as (
        select
            player_id,
            profile_number,
            play_session_number,
            area_id,
            cast(visit_number as integer) as visit_number,
            min(started_at) as started_at,
            max(ended_at) as ended_at,
            min_by(played_date, first_ordinal) as visited_date,
            cast(sum(ticks_count) as bigint) as ticks_count
        from stints_in_visits
        group by player_id, profile_number, play_session_number, area_id, visit_number
        having sum(ticks_count) >= {{ var("wrapped_visit_min_ticks") }}
    )

select *
from area_visits
