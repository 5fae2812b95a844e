with
    images as (select * from {{ ref("wrapped_images") }}),

    entities as (select * from {{ ref("int_wrapped__pictured_entities_listed") }}),

    chosen_images as (select * from images where entity_key <> '*'),

    default_images as (select * from images where entity_key = '*'),

    dim_images as (
        select
            entities.entity_kind,
            entities.entity_key,
            case
                when chosen_images.image_file is not null
                then {{ wiki_image_url("chosen_images.image_file") }}
                when entities.reference_file is not null
                then {{ wiki_image_url("entities.reference_file") }}
                when entities.entity_kind = 'item'
                then 'https://static.runelite.net/cache/item/icon/' || entities.entity_key || '.png'
                when entities.npc_id is not null
                then
                    'https://chisel.weirdgloop.org/static/img/osrs-npc/'
                    || cast(entities.npc_id as string)
                    || '_128.png'
                when entities.wiki_file is not null
                then {{ wiki_image_url("entities.wiki_file") }}
                else {{ wiki_image_url("default_images.image_file") }}
            end as image_url,
            case
                when chosen_images.image_file is not null
                then 'chosen'
                when entities.reference_file is not null
                then 'reference'
                when entities.entity_kind = 'item' or entities.npc_id is not null
                then 'id'
                when entities.wiki_file is not null
                then 'name'
                else 'default'
            end as image_source
        from entities
        inner join default_images on entities.entity_kind = default_images.entity_kind
        left join
            chosen_images
            on entities.entity_kind = chosen_images.entity_kind
            and entities.entity_key = chosen_images.entity_key
    )

select *
from dim_images
