with
    hitsplats as (select * from {{ ref("int_wrapped__hitsplats_accepted") }}),

    actor_deaths as (select * from {{ ref("int_wrapped__actor_deaths_accepted") }}),

    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_accepted") }}),

    npcs as (select * from {{ ref("stg_wrapped__npcs") }}),

    sightings as (
        select actor_name
        from hitsplats
        where actor_type = 1
        union
        select actor_name
        from actor_deaths
        where actor_type = 1
        union
        select actor_name
        from loot_drops
        where actor_type = 1
        union
        select npc_name as actor_name
        from npcs
    ),

    names as (select lower({{ mob_name("actor_name") }}) as mob_key from sightings),

    monster_names_seen as (select mob_key from names where mob_key is not null group by mob_key)

select *
from monster_names_seen
