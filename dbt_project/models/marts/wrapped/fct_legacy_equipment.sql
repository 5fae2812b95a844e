with
    users as (select * from {{ ref("int_wrapped__legacy_users_listed") }}),

    game_ticks as (select * from {{ ref("stg_wrapped__game_ticks") }}),

    outfit_slots as (select * from {{ ref("stg_wrapped__outfit_slots") }}),

    gear_periods as (select * from {{ ref("fct_player_gear_periods") }}),

    outfits_worn as (
        select username, outfit_id, count(*) as documents_count
        from game_ticks
        where outfit_id is not null
        group by username, outfit_id
    ),

    parity_equipment as (
        select
            users.form,
            users.username,
            outfit_slots.slot_number,
            outfit_slots.slot_value - {{ var("wrapped_legacy_equipment_offset") }} as item_id,
            cast(sum(outfits_worn.documents_count) as bigint) as ticks_count
        from users
        inner join outfits_worn on users.username = outfits_worn.username
        inner join outfit_slots on outfits_worn.outfit_id = outfit_slots.outfit_id
        where
            users.form = 'parity'
            and outfit_slots.slot_value > {{ var("wrapped_legacy_equipment_offset") }}
        group by users.form, users.username, outfit_slots.slot_number, outfit_slots.slot_value
    ),

    corrected_equipment as (
        select
            users.form,
            users.username,
            gear_periods.slot_number,
            gear_periods.item_id,
            gear_periods.ticks_count
        from users
        inner join
            gear_periods
            on users.player_id = gear_periods.player_id
            and users.profile_number = gear_periods.profile_number
        where gear_periods.period_id = 'all'
    ),

    legacy_equipment as (
        select form, username, slot_number, item_id, ticks_count
        from parity_equipment
        union all
        select form, username, slot_number, item_id, ticks_count
        from corrected_equipment
    )

select *
from legacy_equipment
