with
    accepted as (select * from {{ ref("int_wrapped__loot_drops_accepted") }}),

    loot_items as (select * from {{ ref("stg_wrapped__loot_items") }}),

    -- Drops of two monsters in one tick differ in nothing but their items.
    drop_items as (
        select
            id_time,
            id_process,
            id_counter,
            {{
                string_agg_ordered(
                    "cast(item_id as string) || 'x' || cast(quantity as string)", "item_position"
                )
            }} as items_text
        from loot_items
        group by id_time, id_process, id_counter
    ),

    accepted_with_items as (
        select accepted.*, drop_items.items_text
        from accepted
        left join
            drop_items
            on accepted.id_time = drop_items.id_time
            and accepted.id_process = drop_items.id_process
            and accepted.id_counter = drop_items.id_counter
    ),

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
                        "items_text",
                    ] %}
                        coalesce(cast({{ column }} as string), '') {{ "," if not loop.last }}
                    {%- endfor %}
                )
            ) as digest
        from accepted_with_items
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
