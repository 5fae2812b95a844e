with
    received as (select * from {{ source("raw_wrapped", "rejects") }}),

    rejects as (
        select collection, row_key, source_kind, reason, document, rejected_at, _dlt_load_id
        from received
    )

select *
from rejects
