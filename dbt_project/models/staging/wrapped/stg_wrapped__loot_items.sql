with
    received as (select * from {{ source("raw_wrapped", "loot_received_items") }}),

    loot_items as (
        select
            id_time,
            id_process,
            id_counter,
            item_position,
            item_id,
            quantity,
            case when quantity < 0 then 'out_of_range' end as reject_reason,
            _dlt_load_id
        from received
    )

select *
from loot_items
