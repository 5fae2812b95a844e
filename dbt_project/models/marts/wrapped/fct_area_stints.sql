{{
    config(
        materialized="incremental",
        incremental_strategy="touched_days",
        on_schema_change="fail",
    )
}}

with
    game_ticks as (select * from {{ ref("fct_game_ticks") }}),

    days_touched as (select * from {{ ref("int_wrapped__player_days_touched") }}),

    ticks_to_place as (
        select game_ticks.*
        from game_ticks
        {% if is_incremental() %}
            inner join
                days_touched
                on game_ticks.player_id = days_touched.player_id
                and game_ticks.played_date = days_touched.played_date
        {% endif %}
        where not game_ticks.is_overlap
    ),

    ticks_with_previous as (
        select
            player_id,
            profile_number,
            played_date,
            ticked_at,
            x,
            y,
            area_id,
            row_number() over time_chain as day_ordinal,
            coalesce(
                {{ seconds_between("lag(ticked_at) over time_chain", "ticked_at") }}
                > {{ var("wrapped_session_gap_seconds") }},
                true
            ) as is_run_start,
            lag(area_id) over time_chain as previous_area_id
        from ticks_to_place
        window
            time_chain as (
                partition by player_id, profile_number, played_date
                order by ticked_at, tick_position, session_id
            )
    ),

    ticks_in_stints as (
        select
            player_id,
            profile_number,
            played_date,
            ticked_at,
            x,
            y,
            area_id,
            day_ordinal,
            sum(case when is_run_start then 1 else 0 end) over time_chain as run_number,
            sum(
                case
                    when is_run_start or area_id is distinct from previous_area_id then 1 else 0
                end
            ) over time_chain as day_stint_number
        from ticks_with_previous
        window
            time_chain as (
                partition by player_id, profile_number, played_date
                order by day_ordinal
                rows between unbounded preceding and current row
            )
    ),

    stints as (
        select
            player_id,
            profile_number,
            played_date,
            run_number,
            day_stint_number,
            any_value(area_id) as area_id,
            min(ticked_at) as started_at,
            max(ticked_at) as ended_at,
            min(day_ordinal) as first_day_ordinal,
            max(day_ordinal) as last_day_ordinal,
            count(*) as ticks_count,
            min_by(x, day_ordinal) as first_x,
            min_by(y, day_ordinal) as first_y,
            max_by(x, day_ordinal) as last_x,
            max_by(y, day_ordinal) as last_y
        from ticks_in_stints
        group by player_id, profile_number, played_date, run_number, day_stint_number
    ),

    area_stints as (
        select
            player_id,
            profile_number,
            played_date,
            cast(run_number as integer) as run_number,
            cast(row_number() over run_chain as integer) as stint_number,
            area_id,
            started_at,
            ended_at,
            cast(
                first_day_ordinal - first_value(first_day_ordinal) over run_chain + 1 as integer
            ) as first_ordinal,
            cast(
                last_day_ordinal - first_value(first_day_ordinal) over run_chain + 1 as integer
            ) as last_ordinal,
            cast(ticks_count as integer) as ticks_count,
            first_x,
            first_y,
            last_x,
            last_y
        from stints
        window
            run_chain as (
                partition by player_id, profile_number, played_date, run_number
                order by day_stint_number
            )
    )

select *
from area_stints
