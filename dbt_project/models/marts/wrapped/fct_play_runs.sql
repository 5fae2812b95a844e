with
    area_stints as (select * from {{ ref("fct_area_stints") }}),

    run_sums as (
        select
            player_id,
            profile_number,
            played_date,
            run_number,
            min(started_at) as started_at,
            max(ended_at) as ended_at,
            cast(sum(ticks_count) as bigint) as ticks_count,
            max(stint_number) as last_stint_number
        from area_stints
        group by player_id, profile_number, played_date, run_number
    ),

    play_runs as (
        select
            run_sums.player_id,
            run_sums.profile_number,
            run_sums.played_date,
            run_sums.run_number,
            run_sums.started_at,
            run_sums.ended_at,
            run_sums.ticks_count,
            first_stints.first_x,
            first_stints.first_y,
            first_stints.area_id as first_area_id,
            last_stints.last_x,
            last_stints.last_y,
            last_stints.area_id as last_area_id
        from run_sums
        inner join
            area_stints as first_stints
            on run_sums.player_id = first_stints.player_id
            and run_sums.profile_number = first_stints.profile_number
            and run_sums.played_date = first_stints.played_date
            and run_sums.run_number = first_stints.run_number
            and first_stints.stint_number = 1
        inner join
            area_stints as last_stints
            on run_sums.player_id = last_stints.player_id
            and run_sums.profile_number = last_stints.profile_number
            and run_sums.played_date = last_stints.played_date
            and run_sums.run_number = last_stints.run_number
            and run_sums.last_stint_number = last_stints.stint_number
    )

select *
from play_runs
