with
    accepted as (select * from {{ ref("int_wrapped__offer_changes_accepted") }}),

    -- The first plugin renamed these fields with every client: such rows say nothing of an offer.
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
            slot,
            item_id,
            price_gp,
            filled_quantity,
            spent_gp,
            total_quantity,
            state,
            player_id,
            played_date,
            local_hour,
            iso_weekday
        from accepted
        where state is not null
        qualify
            row_number() over (
                partition by
                    player_id,
                    session_id,
                    tick_number,
                    event_ms,
                    slot,
                    item_id,
                    price_gp,
                    filled_quantity,
                    spent_gp,
                    total_quantity,
                    state
                order by id_time, id_process, id_counter
            )
            = 1
    )

select *
from deduplicated
