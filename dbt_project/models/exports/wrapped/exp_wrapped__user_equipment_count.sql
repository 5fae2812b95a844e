with
    legacy_ticks as (select * from {{ ref("fct_legacy_ticks") }}),

    legacy_equipment as (select * from {{ ref("fct_legacy_equipment") }}),

    slots as (select * from {{ ref("wrapped_equipment_slots") }}),

    items as (select * from {{ ref("dim_items") }}),

    user_slots as (
        select legacy_ticks.form, legacy_ticks.username, slots.slot_number
        from legacy_ticks
        cross join slots
        where legacy_ticks.form = '{{ var("wrapped_legacy_form") }}'
    ),

    slot_items as (
        select
            legacy_equipment.form,
            legacy_equipment.username,
            legacy_equipment.slot_number,
            legacy_equipment.ticks_count,
            legacy_equipment.item_id,
            {{
                object(
                    {
                        "item": legacy_item("legacy_equipment.item_id", "items.item_name"),
                        "count": "legacy_equipment.ticks_count",
                    }
                )
            }} as item_count
        from legacy_equipment
        left join items on legacy_equipment.item_id = items.item_id
    ),

    slot_counts as (
        select
            user_slots.username,
            user_slots.slot_number,
            {{
                list_or_empty(
                    ordered_list(
                        "slot_items.item_count", ["slot_items.ticks_count", "slot_items.item_id"]
                    )
                )
            }} as counts
        from user_slots
        left join
            slot_items
            on user_slots.form = slot_items.form
            and user_slots.username = slot_items.username
            and user_slots.slot_number = slot_items.slot_number
        group by user_slots.username, user_slots.slot_number
    ),

    user_equipment_count as (
        select
            username as _id,
            cast(null as double) as timestamp,
            {{ ordered_list(object({"counts": "counts"}), ["slot_number"]) }} as value,
            username
        from slot_counts
        group by username
    )

select *
from user_equipment_count
