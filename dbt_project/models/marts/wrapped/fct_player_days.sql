{{
    config(
        materialized="incremental",
        incremental_strategy="touched_days",
        on_schema_change="fail",
    )
}}

with
    game_ticks as (select * from {{ ref("fct_game_ticks") }}),

    areas as (select * from {{ ref("wrapped_areas") }}),

    days_touched as (select * from {{ ref("int_wrapped__player_days_touched") }}),

    ticks_to_count as (
        select game_ticks.*, areas.area_kind
        from game_ticks
        left join areas on game_ticks.area_id = areas.area_id
        {% if is_incremental() %}
            inner join
                days_touched
                on game_ticks.player_id = days_touched.player_id
                and game_ticks.played_date = days_touched.played_date
        {% endif %}
    ),

    player_days as (
        select
            player_id,
            profile_number,
            played_date,
            count(*) filter (where not is_overlap) as ticks_count,
            count(*) filter (where is_overlap) as overlap_ticks_count,
            {%- for measure, value in [
                ("lost_ticks_count", "lost_ticks_count"),
                ("credited_lost_ticks_count", "credited_lost_ticks_count"),
                ("walked_tiles_count", "case when step_tiles = 1 then 1 else 0 end"),
                ("run_tiles_count", "case when step_tiles = 2 then 2 else 0 end"),
                ("burned_energy_units", "greatest(-coalesce(energy_change, 0), 0)"),
                ("restored_energy_units", "greatest(coalesce(energy_change, 0), 0)"),
            ] %}
                cast(
                    coalesce(sum({{ value }}) filter (where not is_overlap), 0) as bigint
                ) as {{ measure }},
            {%- endfor %}
            count(*) filter (where is_idle and not is_overlap) as idle_ticks_count,
            count(*) filter (where is_combat and not is_overlap) as combat_ticks_count,
            count(*) filter (where is_jump and not is_overlap) as jumps_count,
            count(*) filter (
                where
                    step_tiles = 0 and area_kind in ('exchange', 'city', 'town') and not is_overlap
            ) as bank_standing_ticks_count,
            cast(sum(duplicate_rows_count) as bigint) as duplicate_ticks_count,
            min(ticked_at) filter (where not is_overlap) as first_tick_at,
            max(ticked_at) filter (where not is_overlap) as last_tick_at
        from ticks_to_count
        group by player_id, profile_number, played_date
    )

select *
from player_days
