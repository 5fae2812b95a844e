with
    offer_changes as (select * from {{ ref("int_wrapped__offer_changes_filled") }}),

    offer_fills as (
        select
            concat(
                cast(id_time as string), '-', id_process, '-', cast(id_counter as string)
            ) as fill_id,
            player_id,
            profile_number,
            slot,
            offer_number,
            session_id,
            tick_position,
            happened_at as filled_at,
            event_ms,
            played_date,
            side,
            item_id,
            is_offline_fill,
            cast(quantity as bigint) as quantity,
            cast(gp as bigint) as gp
        from offer_changes
        where quantity > 0
    )

select *
from offer_fills
