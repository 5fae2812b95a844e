with
    received as (select * from {{ source("raw_wrapped", "npcs") }}),

    npcs as (
        select npc_id, name as npc_name, combat_level, image_file, _dlt_load_id
        from received
        where npc_id is not null
    )

select *
from npcs
