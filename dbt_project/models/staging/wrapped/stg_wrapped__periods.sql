with
    received as (select * from {{ source("raw_wrapped", "periods") }}),

    periods as (select period_id, label, start_date, end_date, _dlt_load_id from received)

select *
from periods
