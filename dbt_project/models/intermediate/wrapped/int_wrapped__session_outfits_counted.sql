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

    ticks_to_count as (
        select game_ticks.*
        from game_ticks
        {% if is_incremental() %}
            inner join
                days_touched
                on game_ticks.player_id = days_touched.player_id
                and game_ticks.played_date = days_touched.played_date
        {% endif %}
        where game_ticks.outfit_id is not null and not game_ticks.is_overlap
    ),

    session_outfits_counted as (
        select
            player_id,
            profile_number,
            session_id,
            played_date,
            outfit_id,
            cast(count(*) as bigint) as ticks_count
        from ticks_to_count
        group by player_id, profile_number, session_id, played_date, outfit_id
    )

select *
from session_outfits_counted
