with
    hitsplats as (select * from {{ ref("stg_wrapped__hitsplats") }}),

    name_spans as (select * from {{ ref("int_wrapped__name_spans_resolved") }}),

    placed_in_time as (
        select
            hitsplats.*,
            name_spans.player_id,
            {{ add_minutes("hitsplats.happened_at", "name_spans.offset_minutes") }} as local_at
        from hitsplats
        inner join
            name_spans
            on hitsplats.user_key = name_spans.user_key
            and hitsplats.happened_at >= name_spans.from_at
            and hitsplats.happened_at < name_spans.to_at
        where hitsplats.reject_reason is null
    ),

    hitsplats_accepted as (
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
            cast(local_at as date) as played_date,
            cast(extract(hour from local_at) as smallint) as local_hour,
            {{ iso_weekday("local_at") }} as iso_weekday
        from placed_in_time
    )

select *
from hitsplats_accepted
