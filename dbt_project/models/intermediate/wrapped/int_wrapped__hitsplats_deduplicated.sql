with
    accepted as (select * from {{ ref("int_wrapped__hitsplats_accepted") }}),

    digested as (
        select
            *,
            case when source_kind = 'sqlite' then 'sqlite' else 'mongo' end as source_family,
            md5(
                concat_ws(
                    '|',
                    {%- for column in [
                        "event_ms",
                        "session_id",
                        "tick_number",
                        "actor_name",
                        "actor_type",
                        "actor_id",
                        "combat_level",
                        "x",
                        "y",
                        "region_id",
                        "amount",
                        "hitsplat_type",
                        "disappears_on_game_cycle",
                        "is_mine",
                        "is_others",
                    ] %}
                        coalesce(cast({{ column }} as string), '') {{ "," if not loop.last }}
                    {%- endfor %}
                )
            ) as digest
        from accepted
    ),

    -- What arrives later than its first copy was sent again; what arrives with it happened twice.
    arrived_together as (
        select *
        from digested
        qualify
            id_time - min(id_time) over (partition by player_id, digest, source_family)
            <= {{ var("wrapped_repeat_arrival_seconds") }}
    ),

    counted as (
        select
            *,
            row_number() over (
                partition by player_id, digest, source_family
                order by id_time, id_process, id_counter
            ) as occurrence
        from arrived_together
    ),

    deduplicated as (
        select
            id_time,
            id_process,
            id_counter,
            source_kind,
            username,
            user_key,
            session_id,
            is_derived_session,
            session_started_ms,
            tick_number,
            tick_position,
            happened_at,
            event_ms,
            arrived_at,
            schema_version,
            _dlt_load_id,
            actor_name,
            actor_type,
            actor_id,
            combat_level,
            x,
            y,
            region_id,
            amount,
            hitsplat_type,
            disappears_on_game_cycle,
            is_mine,
            is_others,
            player_id,
            played_date,
            local_hour,
            iso_weekday
        from counted
        qualify
            row_number() over (
                partition by player_id, digest, occurrence
                order by source_family, id_time, id_process, id_counter
            )
            = 1
    )

select *
from deduplicated
