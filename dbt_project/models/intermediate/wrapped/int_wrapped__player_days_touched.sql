{{ config(materialized="table") }}

with
    game_ticks as (select * from {{ ref("int_wrapped__game_ticks_accepted") }}),

    inputs_changed as (select * from {{ ref("int_wrapped__inputs_changed") }}),

    sessions_changed as (select * from {{ ref("int_wrapped__sessions_changed") }}),

    stored_session_days as (
        select *
        from
            {{
                stored_rows(
                    "int_wrapped__session_days_counted",
                    {"player_id": "string", "session_id": "string", "played_date": "date"},
                )
            }}
    ),

    unfinished_days as (
        select *
        from
            {{
                stored_rows(
                    "int_wrapped__player_days_touched",
                    {"player_id": "string", "played_date": "date", "build_id": "string"},
                )
            }}
    ),

    last_finished_build as (
        select build_id
        from {{ stored_rows("int_wrapped__inputs_applied", {"build_id": "string"}) }}
        group by build_id
    ),

    -- A build that stopped half-way may have stored something: what it touched is touched again.
    days_to_repeat as (
        select unfinished_days.player_id, unfinished_days.played_date
        from unfinished_days
        left join last_finished_build on unfinished_days.build_id = last_finished_build.build_id
        where last_finished_build.build_id is null
    ),

    changed_loads as (
        select split_part(input_key, ' ', 1) as entities, split_part(input_key, ' ', 2) as load_id
        from inputs_changed
        where input_kind = 'load'
    ),

    touched_days as (
        select stored_session_days.player_id, stored_session_days.played_date
        from stored_session_days
        inner join
            sessions_changed
            on stored_session_days.player_id = sessions_changed.player_id
            and stored_session_days.session_id = sessions_changed.session_id
        union
        select game_ticks.player_id, game_ticks.played_date
        from game_ticks
        inner join
            changed_loads
            on changed_loads.entities = 'game_ticks'
            and game_ticks._dlt_load_id = changed_loads.load_id
        union
        select game_ticks.player_id, game_ticks.played_date
        from game_ticks
        inner join
            inputs_changed
            on inputs_changed.input_kind = 'player'
            and game_ticks.player_id = inputs_changed.player_id
        union
        select player_id, played_date
        from days_to_repeat
    ),

    player_days_touched as (
        select player_id, played_date, '{{ invocation_id }}' as build_id from touched_days
    )

select *
from player_days_touched
