with
    accepted as (select * from {{ ref("int_wrapped__stat_changes_accepted") }}),

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
            skill,
            xp,
            level,
            boosted_level,
            player_id,
            played_date,
            local_hour,
            iso_weekday
        from accepted
        qualify
            row_number() over (
                partition by
                    player_id,
                    session_id,
                    case when is_derived_session then event_ms else tick_number end,
                    skill,
                    xp,
                    level,
                    boosted_level
                order by event_ms, id_time, id_process, id_counter
            )
            = 1
    )

select *
from deduplicated
