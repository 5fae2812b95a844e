with
    game_ticks as (select * from {{ ref("stg_wrapped__game_ticks") }}),

    name_spans as (select * from {{ ref("int_wrapped__name_spans_resolved") }}),

    placed_in_time as (
        select
            game_ticks.*,
            name_spans.player_id,
            {{ add_minutes("game_ticks.happened_at", "name_spans.offset_minutes") }} as local_at
        from game_ticks
        inner join
            name_spans
            on game_ticks.user_key = name_spans.user_key
            and game_ticks.happened_at >= name_spans.from_at
            and game_ticks.happened_at < name_spans.to_at
        where game_ticks.reject_reason is null
    ),

    game_ticks_accepted as (
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
            energy,
            health,
            prayer,
            x,
            y,
            region_id,
            local_x,
            local_y,
            outfit_id,
            has_bad_equipment,
            player_id,
            cast(local_at as date) as played_date,
            cast(extract(hour from local_at) as smallint) as local_hour,
            {{ iso_weekday("local_at") }} as iso_weekday
        from placed_in_time
    )

select *
from game_ticks_accepted
