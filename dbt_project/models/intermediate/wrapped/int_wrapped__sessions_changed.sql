{{ config(materialized="table") }}

{% set event_models = ["game_ticks", "hitsplats", "loot_drops", "offer_changes", "stat_changes"] %}

with
    {% for entities in event_models %}
        {{ entities }} as (select * from {{ ref("int_wrapped__" ~ entities ~ "_accepted") }}),
    {% endfor %}
    inputs_changed as (select * from {{ ref("int_wrapped__inputs_changed") }}),

    sessions_observed as (select * from {{ ref("int_wrapped__sessions_observed") }}),

    stored_sessions as (
        select *
        from
            {{
                stored_rows(
                    "int_wrapped__session_days_counted",
                    {"player_id": "string", "session_id": "string"},
                )
            }}
    ),

    unfinished_sessions as (
        select *
        from
            {{
                stored_rows(
                    "int_wrapped__sessions_changed",
                    {"player_id": "string", "session_id": "string", "build_id": "string"},
                )
            }}
    ),

    last_finished_build as (
        select build_id
        from {{ stored_rows("int_wrapped__inputs_applied", {"build_id": "string"}) }}
        group by build_id
    ),

    -- A build that stopped half-way may have stored something: what it touched is touched again.
    sessions_to_repeat as (
        select unfinished_sessions.player_id, unfinished_sessions.session_id
        from unfinished_sessions
        left join last_finished_build on unfinished_sessions.build_id = last_finished_build.build_id
        where last_finished_build.build_id is null
    ),

    changed_loads as (
        select split_part(input_key, ' ', 1) as entities, split_part(input_key, ' ', 2) as load_id
        from inputs_changed
        where input_kind = 'load'
    ),

    known_sessions as (
        select player_id, session_id
        from sessions_observed
        union
        select player_id, session_id
        from stored_sessions
    ),

    changed_sessions as (
        {% for entities in event_models %}
            select {{ entities }}.player_id, {{ entities }}.session_id
            from {{ entities }}
            inner join
                changed_loads
                on changed_loads.entities = '{{ entities }}'
                and {{ entities }}._dlt_load_id = changed_loads.load_id
            union
        {% endfor %}
        select player_id, session_id
        from inputs_changed
        where input_kind = 'session'
        union
        select known_sessions.player_id, known_sessions.session_id
        from known_sessions
        inner join
            inputs_changed
            on inputs_changed.input_kind = 'player'
            and known_sessions.player_id = inputs_changed.player_id
        union
        select player_id, session_id
        from sessions_to_repeat
    ),

    sessions_changed as (
        select player_id, session_id, '{{ invocation_id }}' as build_id from changed_sessions
    )

select *
from sessions_changed
