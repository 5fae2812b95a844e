with
    areas as (select * from {{ ref("wrapped_areas") }}),

    game_ticks as (select * from {{ ref("fct_player_area_days") }}),

    actor_deaths as (select * from {{ ref("int_wrapped__actor_deaths_deduplicated") }}),

    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_deduplicated") }}),

    regions as (select * from {{ ref("int_wrapped__regions") }}),

    places as (
        select region_id
        from actor_deaths
        where x < {{ var("wrapped_instance_min_x") }}
        union
        select region_id
        from loot_drops
        where x < {{ var("wrapped_instance_min_x") }}
    ),

    seen_areas as (
        select area_id
        from game_ticks
        union
        select 'region-' || cast(places.region_id as string) as area_id
        from places
        left join regions on places.region_id = regions.region_id
        where regions.region_id is null and places.region_id is not null
    ),

    unnamed_areas as (
        select
            seen_areas.area_id,
            'Region ' || replace(seen_areas.area_id, 'region-', '') as area_name,
            'other' as area_kind,
            false as is_safe_death
        from seen_areas
        where seen_areas.area_id like 'region-%'
    ),

    dim_areas as (
        select area_id, area_name, area_kind, is_safe_death
        from areas
        union all
        select area_id, area_name, area_kind, is_safe_death
        from unnamed_areas
        union all
        select
            'instance' as area_id,
            'Instance' as area_name,
            'other' as area_kind,
            cast(null as boolean) as is_safe_death
    )

select *
from dim_areas
