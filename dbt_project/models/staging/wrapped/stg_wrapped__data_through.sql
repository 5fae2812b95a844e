with
    received as (select * from {{ source("raw_ops", "data_through") }}),

    data_through as (
        select source_kind, source_name, data_through_at, loaded_at
        from received
        where domain = 'wrapped'
    )

select *
from data_through
