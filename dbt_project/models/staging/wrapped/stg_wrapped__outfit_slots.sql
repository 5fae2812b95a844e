with
    received as (select * from {{ source("raw_wrapped", "outfits") }}),

    outfit_slots as (
        {%- for slot_number in range(12) %}
            select
                outfit_id,
                {{ slot_number }} as slot_number,
                slot_{{ "%02d" | format(slot_number) }} as slot_value
            from received {{ "union all" if not loop.last }}
        {%- endfor %}
    )

select *
from outfit_slots
