{{
    config(
        materialized="incremental",
        incremental_strategy="touched_days",
        on_schema_change="fail",
    )
}}

with
    accepted_ticks as (select * from {{ ref("int_wrapped__game_ticks_accepted") }}),

    activity_positions as (select * from {{ ref("int_wrapped__activity_positions") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    regions as (select * from {{ ref("int_wrapped__regions") }}),

    days_touched as (select * from {{ ref("int_wrapped__player_days_touched") }}),

    sessions_touched as (select * from {{ ref("int_wrapped__sessions_touched") }}),

    -- Whole sessions: a tick of a touched day may follow one of the day before.
    ticks_to_build as (
        select
            accepted_ticks.*,
            case
                when accepted_ticks.is_derived_session
                then accepted_ticks.event_ms
                else accepted_ticks.tick_number
            end as copy_key
        from accepted_ticks
        {% if is_incremental() %}
            inner join
                sessions_touched
                on accepted_ticks.player_id = sessions_touched.player_id
                and accepted_ticks.session_id = sessions_touched.session_id
        {% endif %}
    ),

    activities_to_build as (
        select activity_positions.*
        from activity_positions
        {% if is_incremental() %}
            inner join
                sessions_touched
                on activity_positions.player_id = sessions_touched.player_id
                and activity_positions.session_id = sessions_touched.session_id
        {% endif %}
    ),

    -- The same tick may arrive again, from another source or sent twice.
    numbered_copies as (
        select *, row_number() over copies as copy_number, count(*) over copies as copies_count
        from ticks_to_build
        window
            copies as (
                partition by player_id, session_id, copy_key
                order by event_ms, id_time, id_process, id_counter
                rows between unbounded preceding and unbounded following
            )
    ),

    ticks_with_previous as (
        select
            *,
            tick_number - lag(tick_number) over tick_chain as ticks_since_previous,
            event_ms - lag(event_ms) over tick_chain as ms_since_previous,
            greatest(
                abs(x - lag(x) over tick_chain), abs(y - lag(y) over tick_chain)
            ) as tiles_since_previous,
            energy - lag(energy) over tick_chain as energy_difference,
            health - lag(health) over tick_chain as health_difference,
            prayer - lag(prayer) over tick_chain as prayer_difference,
            lag(outfit_id) over tick_chain as previous_outfit_id
        from numbered_copies
        where copy_number = 1
        window tick_chain as (partition by player_id, session_id order by tick_position, event_ms)
    ),

    ticks_and_activities as (
        select
            player_id,
            session_id,
            tick_position,
            true as is_tick,
            tick_number,
            happened_at,
            event_ms,
            arrived_at,
            played_date,
            local_hour,
            iso_weekday,
            x,
            y,
            region_id,
            outfit_id,
            energy,
            health,
            prayer,
            copies_count,
            ticks_since_previous,
            tiles_since_previous,
            energy_difference,
            health_difference,
            prayer_difference,
            outfit_id is distinct from previous_outfit_id as has_other_outfit,
            coalesce(
                ticks_since_previous = 1
                and (not is_derived_session or ms_since_previous between 1 and 5000),
                false
            ) as is_consecutive,
            case
                when ms_since_previous is null or tiles_since_previous > 0 then tick_position
            end as activity_position,
            cast(null as bigint) as hit_position,
            case
                when ms_since_previous <= {{ var("wrapped_session_gap_seconds") * 1000 }}
                then 0
                else 1
            end as run_start
        from ticks_with_previous
        union all
        select
            player_id,
            session_id,
            tick_position,
            false as is_tick,
            {% for column in [
                "tick_number",
                "happened_at",
                "event_ms",
                "arrived_at",
                "played_date",
                "local_hour",
                "iso_weekday",
                "x",
                "y",
                "region_id",
                "outfit_id",
                "energy",
                "health",
                "prayer",
                "copies_count",
                "ticks_since_previous",
                "tiles_since_previous",
                "energy_difference",
                "health_difference",
                "prayer_difference",
                "has_other_outfit",
                "is_consecutive",
            ] %}
                null as {{ column }},
            {% endfor %}
            tick_position as activity_position,
            case when is_hit then tick_position end as hit_position,
            0 as run_start
        from activities_to_build
    ),

    -- Events of a tick happened before it, so activities come first.
    ticks_with_activity as (
        select
            *,
            max(activity_position) over so_far as last_activity_position,
            max(hit_position) over so_far as last_hit_position,
            sum(run_start) over so_far as run_number
        from ticks_and_activities
        window
            so_far as (
                partition by player_id, session_id
                order by tick_position, is_tick, event_ms
                rows between unbounded preceding and current row
            )
    ),

    session_runs as (
        select
            player_id,
            session_id,
            run_number,
            min(event_ms) as started_ms,
            max(event_ms) as ended_ms
        from ticks_with_activity
        where is_tick
        group by player_id, session_id, run_number
    ),

    -- An earlier run covers a later one from its start on, so the furthest end says it all.
    covered_runs as (
        select
            later_runs.player_id,
            later_runs.session_id,
            later_runs.run_number,
            max(earlier_runs.ended_ms) as covered_until_ms
        from session_runs as later_runs
        inner join
            session_runs as earlier_runs
            on later_runs.player_id = earlier_runs.player_id
            and later_runs.session_id <> earlier_runs.session_id
            and (
                earlier_runs.started_ms < later_runs.started_ms
                or (
                    later_runs.started_ms = earlier_runs.started_ms
                    and earlier_runs.session_id < later_runs.session_id
                )
            )
            and least(earlier_runs.ended_ms, later_runs.ended_ms) - later_runs.started_ms
            > {{ var("wrapped_overlap_min_seconds") * 1000 }}
        group by later_runs.player_id, later_runs.session_id, later_runs.run_number
    ),

    game_ticks as (
        select
            ticks_with_activity.player_id,
            cast(coalesce(session_profiles.profile_number, 1) as integer) as profile_number,
            ticks_with_activity.session_id,
            ticks_with_activity.tick_number,
            ticks_with_activity.tick_position,
            ticks_with_activity.happened_at as ticked_at,
            ticks_with_activity.played_date,
            ticks_with_activity.local_hour,
            ticks_with_activity.iso_weekday,
            ticks_with_activity.x,
            ticks_with_activity.y,
            ticks_with_activity.region_id,
            case
                when ticks_with_activity.x is null
                then null
                when ticks_with_activity.x >= {{ var("wrapped_instance_min_x") }}
                then 'instance'
                else
                    coalesce(
                        regions.area_id, 'region-' || cast(ticks_with_activity.region_id as string)
                    )
            end as area_id,
            ticks_with_activity.outfit_id,
            ticks_with_activity.energy,
            ticks_with_activity.health,
            ticks_with_activity.prayer,
            cast(
                greatest(coalesce(ticks_with_activity.ticks_since_previous, 1) - 1, 0) as integer
            ) as lost_ticks_count,
            cast(
                case
                    when
                        ticks_with_activity.ticks_since_previous - 1
                        between 1 and {{ var("wrapped_credited_gap_ticks") }}
                    then ticks_with_activity.ticks_since_previous - 1
                    else 0
                end as smallint
            ) as credited_lost_ticks_count,
            case
                when ticks_with_activity.is_consecutive
                then ticks_with_activity.tiles_since_previous
            end as step_tiles,
            coalesce(
                ticks_with_activity.is_consecutive
                and ticks_with_activity.tiles_since_previous > {{ var("wrapped_step_max_tiles") }},
                false
            ) as is_jump,
            case
                when ticks_with_activity.is_consecutive then ticks_with_activity.energy_difference
            end as energy_change,
            case
                when ticks_with_activity.is_consecutive then ticks_with_activity.health_difference
            end as health_change,
            case
                when ticks_with_activity.is_consecutive then ticks_with_activity.prayer_difference
            end as prayer_change,
            ticks_with_activity.is_consecutive
            and ticks_with_activity.has_other_outfit as is_outfit_changed,
            ticks_with_activity.tick_position - ticks_with_activity.last_activity_position
            >= {{ var("wrapped_idle_ticks") }} as is_idle,
            coalesce(
                ticks_with_activity.tick_position - ticks_with_activity.last_hit_position
                < {{ var("wrapped_combat_tail_ticks") }},
                false
            ) as is_combat,
            coalesce(
                ticks_with_activity.event_ms <= covered_runs.covered_until_ms, false
            ) as is_overlap,
            cast(ticks_with_activity.copies_count - 1 as integer) as duplicate_rows_count,
            cast(
                floor(
                    {{
                        seconds_between(
                            "ticks_with_activity.happened_at", "ticks_with_activity.arrived_at"
                        )
                    }}
                ) as integer
            ) as arrival_delay_seconds
        from ticks_with_activity
        left join
            session_profiles
            on ticks_with_activity.player_id = session_profiles.player_id
            and ticks_with_activity.session_id = session_profiles.session_id
            and ticks_with_activity.tick_position
            >= coalesce(session_profiles.from_position, ticks_with_activity.tick_position)
            and ticks_with_activity.tick_position
            < coalesce(session_profiles.to_position, ticks_with_activity.tick_position + 1)
        left join regions on ticks_with_activity.region_id = regions.region_id
        left join
            covered_runs
            on ticks_with_activity.player_id = covered_runs.player_id
            and ticks_with_activity.session_id = covered_runs.session_id
            and ticks_with_activity.run_number = covered_runs.run_number
        where ticks_with_activity.is_tick
    ),

    game_ticks_to_store as (
        select game_ticks.*
        from game_ticks
        {% if is_incremental() %}
            inner join
                days_touched
                on game_ticks.player_id = days_touched.player_id
                and game_ticks.played_date = days_touched.played_date
        {% endif %}
    )

select *
from game_ticks_to_store
