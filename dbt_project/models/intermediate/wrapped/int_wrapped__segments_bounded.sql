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
    sessions_observed as (select * from {{ ref("int_wrapped__sessions_observed") }}),

    bursts_detected as (select * from {{ ref("int_wrapped__bursts_detected") }}),

    sessions as (
        select
            player_id,
            session_id,
            min(session_started_ms) as session_started_ms,
            min(first_position) as first_position,
            max(last_position) as last_position,
            min(first_event_ms) as first_event_ms,
            max(last_event_ms) as last_event_ms
        from sessions_observed
        group by player_id, session_id
    ),

    numbered_bursts as (
        select
            player_id,
            session_id,
            burst_tick,
            row_number() over (
                partition by player_id, session_id order by burst_tick
            ) as segment_number,
            lead(burst_tick) over (
                partition by player_id, session_id order by burst_tick
            ) as to_position
        from bursts_detected
        where not is_placeholder
    ),

    -- What comes before the first burst belongs to it, so the first segment is open at its start.
    segments as (
        select
            sessions.player_id,
            sessions.session_id,
            sessions.session_started_ms,
            sessions.first_position,
            sessions.last_position,
            sessions.first_event_ms,
            sessions.last_event_ms,
            cast(coalesce(numbered_bursts.segment_number, 1) as integer) as segment_number,
            numbered_bursts.burst_tick,
            case
                when numbered_bursts.segment_number > 1 then numbered_bursts.burst_tick
            end as from_position,
            numbered_bursts.to_position
        from sessions
        left join
            numbered_bursts
            on sessions.player_id = numbered_bursts.player_id
            and sessions.session_id = numbered_bursts.session_id
    ),

    hop_sessions as (select player_id, session_id from segments where segment_number = 2),

    -- Only sessions with a hop need their events read again.
    hop_events as (
        {%- for entities in event_models %}
            select
                {{ entities }}.player_id,
                {{ entities }}.session_id,
                {{ entities }}.tick_position,
                {{ entities }}.event_ms
            from {{ entities }}
            inner join
                hop_sessions
                on {{ entities }}.player_id = hop_sessions.player_id
                and {{ entities }}.session_id = hop_sessions.session_id
                {{ "union all" if not loop.last }}
        {%- endfor %}
    ),

    hop_segments as (
        select
            segments.player_id,
            segments.session_id,
            segments.segment_number,
            min(hop_events.tick_position) as first_position,
            max(hop_events.tick_position) as last_position,
            min(hop_events.event_ms) as first_event_ms,
            max(hop_events.event_ms) as last_event_ms
        from segments
        inner join
            hop_events
            on segments.player_id = hop_events.player_id
            and segments.session_id = hop_events.session_id
            and coalesce(segments.from_position, hop_events.tick_position)
            <= hop_events.tick_position
            and (segments.to_position > hop_events.tick_position or segments.to_position is null)
        group by segments.player_id, segments.session_id, segments.segment_number
    ),

    segments_bounded as (
        select
            segments.player_id,
            segments.session_id,
            segments.segment_number,
            segments.session_started_ms,
            segments.from_position,
            segments.to_position,
            segments.burst_tick,
            coalesce(hop_segments.first_position, segments.first_position) as first_tick,
            coalesce(hop_segments.last_position, segments.last_position) as last_tick,
            coalesce(hop_segments.first_event_ms, segments.first_event_ms) as first_event_ms,
            coalesce(hop_segments.last_event_ms, segments.last_event_ms) as last_event_ms
        from segments
        left join
            hop_segments
            on segments.player_id = hop_segments.player_id
            and segments.session_id = hop_segments.session_id
            and segments.segment_number = hop_segments.segment_number
    )

select *
from segments_bounded
