with
    received as (select * from {{ source("raw_wrapped", "actor_death") }}),

    named as (
        select
            *,
            {{ user_key("username") }} as user_key,
            tick_number as known_tick_number,
            {{ event_at("event_ms") }} as happened_at,
            case
                when source_kind <> 'sqlite'
                then {{ epoch_ms_to_timestamp("cast(id_time as bigint) * 1000") }}
            end as arrived_at,
            case
                when source_kind = 'sqlite'
                then cast(floor(try_cast(_dlt_load_id as double) * 1000) as bigint)
                else cast(id_time as bigint) * 1000
            end as received_ms
        from received
    ),

    enveloped as (
        select
            named.*,
            case
                when named.session_id <> '' and named.known_tick_number is not null
                then named.session_id
            end as known_session_id,
            {{
                envelope_reject_reason(
                    "named.username", "named.user_key", "named.event_ms", "named.received_ms"
                )
            }} as envelope_reject_reason
        from named

    ),

    actor_deaths as (
        select
            id_time,
            id_process,
            id_counter,
            source_kind,
            username,
            user_key,
            coalesce(
                known_session_id,
                'derived-' || cast(cast(happened_at as date) as string),
                'derived-unknown'
            ) as session_id,
            known_session_id is null as is_derived_session,
            try_cast(replace(known_session_id, 'session-', '') as bigint) as session_started_ms,
            known_tick_number as tick_number,
            case
                when known_session_id is null
                then cast(floor(event_ms / 600) as bigint)
                else cast(known_tick_number as bigint)
            end as tick_position,
            happened_at,
            event_ms,
            arrived_at,
            cast(
                case
                    when source_kind = 'sqlite'
                    then 5
                    when known_session_id is not null and actor_type is not null
                    then 4
                    when known_session_id is not null
                    then 3
                    when local_x is not null or x is null
                    then 1
                    else 2
                end as smallint
            ) as schema_version,
            coalesce(
                envelope_reject_reason,
                case
                    when
                        x not between 0
                        and 16383
                        or y not between 0
                        and 16383
                        or known_tick_number < 0
                    then 'out_of_range'
                end
            ) as reject_reason,
            case
                when known_session_id is null
                then 'missing_session'
                when local_x is not null and x is null
                then 'legacy_local_coords'
            end as degrade_reason,
            _dlt_load_id,
            actor_name,
            actor_type,
            actor_id,
            combat_level,
            x,
            y,
            region_id,
            session_id is not null as has_session_id
        from enveloped
    )

select *
from actor_deaths
