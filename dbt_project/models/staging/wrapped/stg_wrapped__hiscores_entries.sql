with
    received as (select * from {{ source("raw_wrapped", "hiscores_entries") }}),

    hiscores_entries as (
        select fetch_id, entry_kind, entry_name, rank, level, score, _dlt_load_id from received
    )

select *
from hiscores_entries
