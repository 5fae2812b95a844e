with
    accepted as (select * from {{ ref("int_wrapped__actor_deaths_accepted") }}),

    monster_names as (select * from {{ ref("int_wrapped__monster_names_seen") }}),

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
                        "combat_level",
                        "x",
                        "y",
                        "region_id",
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
            case
                when actor_type is null then lower({{ mob_name("actor_name") }})
            end as untyped_name_key,
            row_number() over (
                partition by player_id, digest, source_family
                order by id_time, id_process, id_counter
            ) as occurrence
        from arrived_together
    ),

    -- Names that may be another player's stop here.
    deduplicated as (
        select
            counted.id_time,
            counted.id_process,
            counted.id_counter,
            counted.source_kind,
            counted.username,
            counted.user_key,
            counted.session_id,
            counted.is_derived_session,
            counted.session_started_ms,
            counted.tick_number,
            counted.tick_position,
            counted.happened_at,
            counted.event_ms,
            counted.arrived_at,
            counted.schema_version,
            counted._dlt_load_id,
            case
                when
                    counted.actor_type = 1
                    or counted.actor_name = counted.username
                    or monster_names.mob_key is not null
                then counted.actor_name
            end as actor_name,
            counted.actor_type,
            counted.actor_id,
            counted.combat_level,
            counted.x,
            counted.y,
            counted.region_id,
            counted.player_id,
            counted.played_date,
            counted.local_hour,
            counted.iso_weekday
        from counted
        left join monster_names on counted.untyped_name_key = monster_names.mob_key
        qualify
            row_number() over (
                partition by counted.player_id, counted.digest, counted.occurrence
                order by
                    counted.source_family, counted.id_time, counted.id_process, counted.id_counter
            )
            = 1
    )

select *
from deduplicated
