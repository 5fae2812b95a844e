{% set parameters = [
    "wrapped_burst_ticks",
    "wrapped_combat_tail_ticks",
    "wrapped_credited_gap_ticks",
    "wrapped_idle_ticks",
    "wrapped_instance_min_x",
    "wrapped_overlap_min_seconds",
    "wrapped_session_gap_seconds",
    "wrapped_step_max_tiles",
] %}
{% set event_models = ["game_ticks", "hitsplats", "loot_drops", "offer_changes", "stat_changes"] %}

with
    {% for entities in event_models %}
        {{ entities }} as (select * from {{ ref("stg_wrapped__" ~ entities) }}),
    {% endfor %}
    player_controls as (select * from {{ ref("int_wrapped__player_controls_digested") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    areas as (select * from {{ ref("wrapped_areas") }}),

    regions as (select * from {{ ref("int_wrapped__regions") }}),

    rule_lines as (
        {% for parameter in parameters %}
            select '{{ parameter }} {{ var(parameter) }}' as rule_line
            union all
        {% endfor %}
        select area_id || ' is ' || area_kind as rule_line
        from areas
        union all
        select cast(region_id as string) || ' in ' || area_id as rule_line
        from regions
    ),

    profile_lines as (
        select
            player_id,
            session_id,
            coalesce(cast(from_position as string), '')
            || ' '
            || coalesce(cast(to_position as string), '')
            || ' '
            || cast(profile_number as string) as profile_line
        from session_profiles
    ),

    inputs_digested as (
        {% for entities in event_models %}
            select
                'load' as input_kind,
                '{{ entities }} ' || _dlt_load_id as input_key,
                cast(null as string) as player_id,
                cast(null as string) as session_id,
                cast(count(*) as string) as digest
            from {{ entities }}
            group by _dlt_load_id
            union all
        {% endfor %}
        select
            'player' as input_kind,
            player_id as input_key,
            player_id,
            cast(null as string) as session_id,
            control_digest as digest
        from player_controls
        union all
        select
            'session' as input_kind,
            player_id || ' ' || session_id as input_key,
            player_id,
            session_id,
            md5({{ string_agg_ordered("profile_line", "profile_line") }}) as digest
        from profile_lines
        group by player_id, session_id
        union all
        select
            'rules' as input_kind,
            'rules' as input_key,
            cast(null as string) as player_id,
            cast(null as string) as session_id,
            md5({{ string_agg_ordered("rule_line", "rule_line") }}) as digest
        from rule_lines
    )

select *
from inputs_digested
