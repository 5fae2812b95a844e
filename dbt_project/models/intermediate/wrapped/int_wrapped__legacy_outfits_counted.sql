with
    game_ticks as (select * from {{ ref("stg_wrapped__game_ticks") }}),

    outfit_slots as (select * from {{ ref("stg_wrapped__outfit_slots") }}),

    rejected_documents as (select * from {{ ref("int_wrapped__rejected_documents_parsed") }}),

    outfits_worn as (
        select username, outfit_id, count(*) as documents_count
        from game_ticks
        where outfit_id is not null and username is not null
        group by username, outfit_id
    ),

    rejected_outfits as (
        select
            collection,
            row_key,
            username,
            {%- for slot_number in range(12) %}
                {{ json_whole_number("document", "'$.data.equipmentIds[" ~ slot_number ~ "]'") }}
                as slot_{{ "%02d" | format(slot_number) }}{{ "," if not loop.last }}
            {%- endfor %}
        from rejected_documents
        where
            collection = 'game_ticks'
            and {{ json_kind("document", "'$.data.equipmentIds'") }} = 'array'
            and {{ json_length("document", "'$.data.equipmentIds'") }} = 12
    ),

    -- One value that is no number stopped the old job at the whole document.
    whole_outfits as (
        select *
        from rejected_outfits
        where
            {%- for slot_number in range(12) %}
                {{ "and " if not loop.first }}slot_{{ "%02d" | format(slot_number) }} is not null
            {%- endfor %}
    ),

    slot_documents as (
        select
            outfits_worn.username,
            outfit_slots.slot_number,
            cast(outfit_slots.slot_value as bigint) as slot_value,
            outfits_worn.documents_count
        from outfits_worn
        inner join outfit_slots on outfits_worn.outfit_id = outfit_slots.outfit_id
        {%- for slot_number in range(12) %}
            union all
            select
                username,
                {{ slot_number }} as slot_number,
                slot_{{ "%02d" | format(slot_number) }} as slot_value,
                1 as documents_count
            from whole_outfits
        {%- endfor %}
    ),

    outfits_counted as (
        select
            username,
            slot_number,
            slot_value,
            cast(sum(documents_count) as bigint) as documents_count
        from slot_documents
        group by username, slot_number, slot_value
    )

select *
from outfits_counted
