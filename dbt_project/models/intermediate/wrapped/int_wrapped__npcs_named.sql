with
    npcs as (select * from {{ ref("stg_wrapped__npcs") }}),

    loot_drops as (select * from {{ ref("stg_wrapped__loot_drops") }}),

    names_seen as (
        select
            actor_id as npc_id,
            {{ regexp_replace_all("actor_name", "'<[^>]*>'", "''") }} as npc_name,
            count(*) as documents_count
        from loot_drops
        where actor_type = 1 and actor_id is not null
        group by actor_id, {{ regexp_replace_all("actor_name", "'<[^>]*>'", "''") }}
    ),

    -- One id has several spellings where game tags differ: the commonest, then the alphabetically
    -- first.
    commonest_names as (
        select npc_id, npc_name
        from names_seen
        qualify
            row_number() over (
                partition by npc_id order by documents_count desc, npc_name asc nulls last
            )
            = 1
    ),

    npcs_named as (
        select
            commonest_names.npc_id,
            coalesce(
                npcs.npc_name,
                nullif(trim(commonest_names.npc_name), ''),
                'unknown-' || cast(commonest_names.npc_id as string)
            ) as npc_name
        from commonest_names
        left join npcs on commonest_names.npc_id = npcs.npc_id
    )

select *
from npcs_named
