with
    stat_changes as (select * from {{ ref("stg_wrapped__stat_changes") }}),

    name_spans as (select * from {{ ref("int_wrapped__name_spans_resolved") }}),

    placed_in_time as (
        select
            stat_changes.*,
            name_spans.player_id,
            {{ add_minutes("stat_changes.happened_at", "name_spans.offset_minutes") }} as local_at
        from stat_changes
        inner join
            name_spans
            on stat_changes.user_key = name_spans.user_key
            and stat_changes.happened_at >= name_spans.from_at
            and stat_changes.happened_at < name_spans.to_at
        where stat_changes.reject_reason is null
    ),

    stat_changes_accepted as (
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
            cast(local_at as date) as played_date,
            cast(extract(hour from local_at) as smallint) as local_hour,
            {{ iso_weekday("local_at") }} as iso_weekday
        from placed_in_time
    )

select *
from stat_changes_accepted
