with
    received as (select * from {{ source("raw_ops", "requested_periods") }}),

    requested_periods as (
        select period_id, start_date, end_date, requested_at from received where domain = 'wrapped'
    )

select *
from requested_periods
