with
    offer_changes as (select * from {{ ref("stg_wrapped__offer_changes") }}),

    name_spans as (select * from {{ ref("int_wrapped__name_spans_resolved") }}),

    placed_in_time as (
        select
            offer_changes.*,
            name_spans.player_id,
            {{ add_minutes("offer_changes.happened_at", "name_spans.offset_minutes") }} as local_at
        from offer_changes
        inner join
            name_spans
            on offer_changes.user_key = name_spans.user_key
            and offer_changes.happened_at >= name_spans.from_at
            and offer_changes.happened_at < name_spans.to_at
        where offer_changes.reject_reason is null
    ),

    offer_changes_accepted as (
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
            slot,
            item_id,
            price_gp,
            filled_quantity,
            spent_gp,
            total_quantity,
            state,
            player_id,
            cast(local_at as date) as played_date,
            cast(extract(hour from local_at) as smallint) as local_hour,
            {{ iso_weekday("local_at") }} as iso_weekday
        from placed_in_time
    )

select *
from offer_changes_accepted
