with
    users as (select * from {{ ref("int_wrapped__legacy_users_listed") }}),

    outfits_counted as (select * from {{ ref("int_wrapped__legacy_outfits_counted") }}),

    gear_periods as (select * from {{ ref("fct_player_gear_periods") }}),

    parity_equipment as (
        select
            users.form,
            users.username,
            outfits_counted.slot_number,
            outfits_counted.slot_value - {{ var("wrapped_legacy_equipment_offset") }} as item_id,
            outfits_counted.documents_count as ticks_count
        from users
        inner join outfits_counted on users.username = outfits_counted.username
        where
            users.form = 'parity'
            and outfits_counted.slot_value > {{ var("wrapped_legacy_equipment_offset") }}
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
