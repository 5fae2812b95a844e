with
    offer_changes as (select * from {{ ref("int_wrapped__offer_changes_ordered") }}),

    -- Login, hop and logout empty every slot for an instant; that says nothing about the offers.
    changes_without_login as (
        select * from offer_changes where state <> 'EMPTY' or not (is_at_login or is_at_logout)
    ),

    changes_with_news as (
        select
            *,
            (
                lag(change_number) over slot_chain is null
                or state is distinct from lag(state) over slot_chain
                or item_id is distinct from lag(item_id) over slot_chain
                or price_gp is distinct from lag(price_gp) over slot_chain
                or total_quantity is distinct from lag(total_quantity) over slot_chain
                or filled_quantity is distinct from lag(filled_quantity) over slot_chain
                or spent_gp is distinct from lag(spent_gp) over slot_chain
            ) as is_news
        from changes_without_login
        window slot_chain as (partition by player_id, profile_number, slot order by change_number)
    ),

    -- The server says the same thing several times.
    changes as (select * from changes_with_news where is_news),

    changes_with_start as (
        select
            *,
            row_number() over slot_chain = 1 as is_first_of_slot,
            side is not null
            and (
                lag(state) over slot_chain is null
                or lag(state) over slot_chain = 'EMPTY'
                or item_id is distinct from lag(item_id) over slot_chain
                or price_gp is distinct from lag(price_gp) over slot_chain
                or total_quantity is distinct from lag(total_quantity) over slot_chain
                or side is distinct from lag(side) over slot_chain
                or coalesce(filled_quantity < lag(filled_quantity) over slot_chain, false)
                or coalesce(spent_gp < lag(spent_gp) over slot_chain, false)
            ) as is_offer_start,
            lag(filled_quantity) over slot_chain as previous_filled_quantity,
            lag(spent_gp) over slot_chain as previous_spent_gp
        from changes
        window slot_chain as (partition by player_id, profile_number, slot order by change_number)
    ),

    changes_with_offer as (
        select
            *,
            sum(case when is_offer_start then 1 else 0 end) over (
                partition by player_id, profile_number, slot
                order by change_number
                rows between unbounded preceding and current row
            ) as offer_number
        from changes_with_start
    ),

    offer_changes_filled as (
        select
            player_id,
            profile_number,
            slot,
            cast(offer_number as bigint) as offer_number,
            session_id,
            tick_position,
            happened_at,
            event_ms,
            played_date,
            change_number,
            state,
            side,
            item_id,
            price_gp,
            total_quantity,
            is_first_of_slot as is_unknown_start,
            is_at_login as is_offline_fill,
            -- What was filled before the first sight of a slot is nobody's news.
            case
                when is_first_of_slot
                then 0
                when is_offer_start
                then coalesce(filled_quantity, 0)
                else greatest(coalesce(filled_quantity - previous_filled_quantity, 0), 0)
            end as quantity,
            case
                when is_first_of_slot
                then 0
                when is_offer_start
                then coalesce(spent_gp, 0)
                else greatest(coalesce(spent_gp - previous_spent_gp, 0), 0)
            end as gp,
            id_time,
            id_process,
            id_counter
        from changes_with_offer
        where side is not null
    )

select *
from offer_changes_filled
