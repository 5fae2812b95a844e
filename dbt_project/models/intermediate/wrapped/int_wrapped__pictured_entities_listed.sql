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
        select
            'skill' as entity_kind,
            skill as entity_key,
            null as reference_file,
            null as npc_id,
            display_name || ' icon.png' as wiki_file
        from skills
        union all
        select
            'boss' as entity_kind,
            hiscores_name as entity_key,
            null as reference_file,
            null as npc_id,
            hiscores_name || '.png' as wiki_file
        from bosses
        group by hiscores_name
        union all
        select
            'area' as entity_kind,
            area_id as entity_key,
            null as reference_file,
            null as npc_id,
            null as wiki_file
        from areas
        union all
        select
            'mob' as entity_kind,
            mobs.mob_key as entity_key,
            npcs.image_file as reference_file,
            mobs.npc_id,
            mobs.mob_name || '.png' as wiki_file
        from mobs
        left join npcs on mobs.npc_id = npcs.npc_id
        union all
        select
            'item' as entity_kind,
            cast(item_id as string) as entity_key,
            icon_file as reference_file,
            null as npc_id,
            null as wiki_file
        from items
    )

select *
from pictured_entities
