with
    received as (select * from {{ source("raw_wrapped", "item_prices") }}),

    item_prices as (
        select item_id, price_date, average_high_gp, average_low_gp, volume, _dlt_load_id
        from received
        where item_id is not null and price_date is not null
    )

select *
from item_prices
