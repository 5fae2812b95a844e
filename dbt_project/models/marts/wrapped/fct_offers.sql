with
    offer_changes as (select * from {{ ref("int_wrapped__offer_changes_filled") }}),

    last_changes as (
        select *
        from offer_changes
        -- An offer changes several times; its last state is the one that counts.
        qualify
            row_number() over (
                partition by player_id, profile_number, slot, offer_number
                order by change_number desc
            )
            = 1
    ),

    offer_totals as (
        select
            player_id,
            profile_number,
            slot,
            offer_number,
            min_by(happened_at, change_number) as first_seen_at,
            cast(sum(quantity) as bigint) as filled_quantity,
            cast(sum(gp) as bigint) as gp,
            bool_or(is_unknown_start) as is_unknown_start
        from offer_changes
        group by player_id, profile_number, slot, offer_number
    ),

    offers as (
        select
            last_changes.player_id,
            last_changes.profile_number,
            last_changes.slot,
            last_changes.offer_number,
            last_changes.session_id,
            last_changes.tick_position,
            offer_totals.first_seen_at,
            last_changes.happened_at as last_event_at,
            last_changes.event_ms,
            last_changes.played_date,
            last_changes.side,
            last_changes.item_id,
            case
                when last_changes.state in ('BUYING', 'SELLING')
                then 'open'
                else lower(last_changes.state)
            end as final_state,
            offer_totals.is_unknown_start,
            last_changes.price_gp,
            cast(last_changes.total_quantity as bigint) as total_quantity,
            offer_totals.filled_quantity,
            offer_totals.gp
        from last_changes
        inner join
            offer_totals
            on last_changes.player_id = offer_totals.player_id
            and last_changes.profile_number = offer_totals.profile_number
            and last_changes.slot = offer_totals.slot
            and last_changes.offer_number = offer_totals.offer_number
    )

select *
from offers
