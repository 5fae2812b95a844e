with
    offer_changes as (select * from {{ ref("int_wrapped__offer_changes_deduplicated") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    offer_changes_ordered as (
        select
            offer_changes.player_id,
            coalesce(session_profiles.profile_number, 1) as profile_number,
            offer_changes.session_id,
            offer_changes.tick_position,
            offer_changes.happened_at,
            offer_changes.event_ms,
            offer_changes.played_date,
            offer_changes.slot,
            offer_changes.state,
            case
                when offer_changes.state in ('BUYING', 'BOUGHT', 'CANCELLED_BUY')
                then 'buy'
                when offer_changes.state in ('SELLING', 'SOLD', 'CANCELLED_SELL')
                then 'sell'
            end as side,
            offer_changes.item_id,
            offer_changes.price_gp,
            offer_changes.total_quantity,
            offer_changes.filled_quantity,
            offer_changes.spent_gp,
            coalesce(
                offer_changes.tick_position - session_profiles.first_tick <= 1, false
            ) as is_at_login,
            coalesce(
                session_profiles.last_tick - offer_changes.tick_position <= 1, false
            ) as is_at_logout,
            offer_changes.id_time,
            offer_changes.id_process,
            offer_changes.id_counter,
            row_number() over (
                partition by
                    offer_changes.player_id,
                    coalesce(session_profiles.profile_number, 1),
                    offer_changes.slot
                order by
                    coalesce(session_profiles.session_started_ms, offer_changes.event_ms),
                    offer_changes.session_id,
                    offer_changes.tick_position,
                    offer_changes.event_ms,
                    offer_changes.id_time,
                    offer_changes.id_process,
                    offer_changes.id_counter
            ) as change_number
        from offer_changes
        left join
            session_profiles
            on offer_changes.player_id = session_profiles.player_id
            and offer_changes.session_id = session_profiles.session_id
            and offer_changes.tick_position
            >= coalesce(session_profiles.from_position, offer_changes.tick_position)
            and (
                session_profiles.to_position is null
                or offer_changes.tick_position < session_profiles.to_position
            )
    )

select *
from offer_changes_ordered
