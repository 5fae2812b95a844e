with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    gear_periods as (select * from {{ ref("fct_player_gear_periods") }}),

    outfit_periods as (select * from {{ ref("fct_player_outfit_periods") }}),

    equipment_slots as (select * from {{ ref("wrapped_equipment_slots") }}),

    favourite_weapons as (
        select gear_periods.*
        from gear_periods
        inner join equipment_slots on gear_periods.slot_number = equipment_slots.slot_number
        where equipment_slots.slot_name = 'weapon'
        -- Weapons held equally long: the smaller id.
        qualify
            row_number() over (
                partition by
                    gear_periods.player_id, gear_periods.profile_number, gear_periods.period_id
                order by gear_periods.ticks_count desc, gear_periods.item_id asc
            )
            = 1
    ),

    favourite_outfits as (
        select *
        from outfit_periods
        -- Outfits worn equally long: the smaller id.
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id
                order by ticks_count desc, outfit_id asc
            )
            = 1
    ),

    player_style_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            favourite_weapons.item_id as favourite_weapon_item_id,
            favourite_outfits.outfit_id as favourite_outfit_id,
            coalesce(favourite_outfits.ticks_count, 0) as favourite_outfit_ticks_count
        from periods
        left join
            favourite_weapons
            on periods.player_id = favourite_weapons.player_id
            and periods.profile_number = favourite_weapons.profile_number
            and periods.period_id = favourite_weapons.period_id
        left join
            favourite_outfits
            on periods.player_id = favourite_outfits.player_id
            and periods.profile_number = favourite_outfits.profile_number
            and periods.period_id = favourite_outfits.period_id
    )

select *
from player_style_periods
