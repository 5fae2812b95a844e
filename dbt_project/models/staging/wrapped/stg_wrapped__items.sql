with
    received as (select * from {{ source("raw_wrapped", "items") }}),

    items as (
        select
            item_id,
            name as item_name,
            noted_of_item_id,
            is_members,
            high_alchemy_gp,
            buy_limit,
            icon_file,
            _dlt_load_id
        from received
        where item_id is not null
    )

select *
from items
