with
    {%- set event_models = [
        "actor_deaths",
        "game_ticks",
        "hitsplats",
        "loot_drops",
        "offer_changes",
        "stat_changes",
    ] %}
    {%- for entities in event_models %}
        {{ entities }} as (select * from {{ ref("int_wrapped__" ~ entities ~ "_accepted") }}),
    {% endfor %}
    observed_events as (
        {%- for entities in event_models %}
            select
                player_id,
                session_id,
                username,
                source_kind,
                min(session_started_ms) as session_started_ms,
                min(tick_position) as first_position,
                max(tick_position) as last_position,
                min(event_ms) as first_event_ms,
                max(event_ms) as last_event_ms,
                max(arrived_at) as last_arrived_at,
                {{ "count(*)" if entities == "game_ticks" else "cast(0 as bigint)" }}
                as received_ticks_count
            from {{ entities }}
            group by player_id, session_id, username, source_kind {{ "union all" if not loop.last }}
        {%- endfor %}
    ),

    sessions_observed as (
        select
            player_id,
            session_id,
            username,
            source_kind,
            coalesce(min(session_started_ms), min(first_event_ms)) as session_started_ms,
            min(first_position) as first_position,
            max(last_position) as last_position,
            min(first_event_ms) as first_event_ms,
            max(last_event_ms) as last_event_ms,
            max(last_arrived_at) as last_arrived_at,
            cast(sum(received_ticks_count) as bigint) as received_ticks_count
        from observed_events
        group by player_id, session_id, username, source_kind
    )

select *
from sessions_observed
