with
    slides as (select * from {{ ref("wrapped_slides") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    bosses as (select * from {{ ref("wrapped_bosses") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    mobs as (select * from {{ ref("dim_mobs") }}),

    npcs as (select * from {{ ref("stg_wrapped__npcs") }}),

    items as (select * from {{ ref("dim_items") }}),

    pictured_entities as (
        select
            'stat' as entity_kind,
            stat_id as entity_key,
            cast(null as string) as reference_file,
            cast(null as integer) as npc_id,
            cast(null as string) as wiki_file
        from slides
        union all
        select 'skill', skill, null, null, display_name || ' icon.png'
        from skills
        union all
        select 'boss', hiscores_name, null, null, hiscores_name || '.png'
        from bosses
        group by hiscores_name
        union all
        select 'area', area_id, null, null, null
        from areas
        union all
        select 'mob', mobs.mob_key, npcs.image_file, mobs.npc_id, mobs.mob_name || '.png'
        from mobs
        left join npcs on mobs.npc_id = npcs.npc_id
        union all
        select 'item', cast(item_id as string), icon_file, null, null
        from items
    )

select *
from pictured_entities
