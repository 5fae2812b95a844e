with
    offers as (select * from {{ ref("fct_offers") }}),

    offer_fills as (select * from {{ ref("fct_offer_fills") }}),

    fill_sums as (
        select
            player_id,
            profile_number,
            slot,
            offer_number,
            sum(quantity) as quantity,
            min(side) as first_side,
            max(side) as last_side
        from offer_fills
        group by player_id, profile_number, slot, offer_number
    )

select offers.player_id, offers.profile_number, offers.slot, offers.offer_number
from offers
left join
    fill_sums
    on offers.player_id = fill_sums.player_id
    and offers.profile_number = fill_sums.profile_number
    and offers.slot = fill_sums.slot
    and offers.offer_number = fill_sums.offer_number
where
    offers.filled_quantity <> coalesce(fill_sums.quantity, 0)
    or fill_sums.first_side <> offers.side
    or fill_sums.last_side <> offers.side
