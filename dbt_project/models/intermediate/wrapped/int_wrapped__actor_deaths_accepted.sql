with
    actor_deaths as (select * from {{ ref("stg_wrapped__actor_deaths") }}),

    name_spans as (select * from {{ ref("int_wrapped__name_spans_resolved") }}),

    placed_in_time as (
        select
            actor_deaths.*,
            name_spans.player_id,
            {{ add_minutes("actor_deaths.happened_at", "name_spans.offset_minutes") }} as local_at
        from actor_deaths
        inner join
            name_spans
            on actor_deaths.user_key = name_spans.user_key
            and actor_deaths.happened_at >= name_spans.from_at
            and actor_deaths.happened_at < name_spans.to_at
        where actor_deaths.reject_reason is null
    ),

    actor_deaths_accepted as (
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
            cast(local_at as date) as played_date,
            cast(extract(hour from local_at) as smallint) as local_hour,
            {{ iso_weekday("local_at") }} as iso_weekday
        from placed_in_time
    )

select *
from actor_deaths_accepted
