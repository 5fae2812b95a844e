with
    session_outfits as (select * from {{ ref("int_wrapped__session_outfits_counted") }}),

    gear_eras as (select * from {{ ref("int_wrapped__gear_eras_classified") }}),

    outfit_slots as (select * from {{ ref("stg_wrapped__outfit_slots") }}),

    gear_worn as (
        select
            session_outfits.player_id,
            session_outfits.profile_number,
            session_outfits.played_date,
            outfit_slots.slot_number,
            outfit_slots.slot_value - gear_eras.item_offset as item_id,
            session_outfits.ticks_count
        from session_outfits
        inner join
            gear_eras
            on session_outfits.player_id = gear_eras.player_id
            and session_outfits.session_id = gear_eras.session_id
        inner join outfit_slots on session_outfits.outfit_id = outfit_slots.outfit_id
        -- In the old era 512 itself is the last body kit; in the new one 2048 is item 0.
        where
            outfit_slots.slot_value > gear_eras.item_offset
            or (gear_eras.gear_era = 'new' and outfit_slots.slot_value = gear_eras.item_offset)
    ),

    player_gear_days as (
        select
            player_id,
            profile_number,
            played_date,
            slot_number,
            item_id,
            cast(sum(ticks_count) as bigint) as ticks_count
        from gear_worn
        group by player_id, profile_number, played_date, slot_number, item_id
    )

select *
from player_gear_days
