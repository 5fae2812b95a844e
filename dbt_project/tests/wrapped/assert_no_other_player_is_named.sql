with
    hitsplats as (select * from {{ ref("stg_wrapped__hitsplats") }}),

    actor_deaths as (select * from {{ ref("stg_wrapped__actor_deaths") }}),

    loot_drops as (select * from {{ ref("stg_wrapped__loot_drops") }}),

    mobs as (select * from {{ ref("dim_mobs") }}),

    kills as (select * from {{ ref("fct_kills") }}),

    sightings as (
        select actor_name, actor_type
        from hitsplats
        union
        select actor_name, actor_type
        from actor_deaths
        union
        select actor_name, actor_type
        from loot_drops
    ),

    monsters as (
        select lower({{ mob_name("actor_name") }}) as name_key from sightings where actor_type = 1
    ),

    players as (
        select lower({{ mob_name("actor_name") }}) as name_key from sightings where actor_type = 2
    ),

    names_shown as (
        select lower(mob_name) as name_key
        from mobs
        union
        select lower(mob_name) as name_key
        from kills
    )

select names_shown.name_key
from names_shown
inner join players on names_shown.name_key = players.name_key
left join monsters on names_shown.name_key = monsters.name_key
where monsters.name_key is null
