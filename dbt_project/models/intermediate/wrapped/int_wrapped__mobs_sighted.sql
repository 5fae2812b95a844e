with
    hitsplats as (select * from {{ ref("int_wrapped__hitsplats_deduplicated") }}),

    actor_deaths as (select * from {{ ref("int_wrapped__actor_deaths_deduplicated") }}),

    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_deduplicated") }}),

    npcs as (select * from {{ ref("stg_wrapped__npcs") }}),

    sightings as (
        select
            actor_name, actor_id as npc_id, combat_level, cast(count(*) as bigint) as events_count
        from hitsplats
        where actor_type = 1
        group by actor_name, actor_id, combat_level
        union all
        select
            actor_name, actor_id as npc_id, combat_level, cast(count(*) as bigint) as events_count
        from actor_deaths
        where actor_type = 1
        group by actor_name, actor_id, combat_level
        union all
        select
            actor_name, actor_id as npc_id, combat_level, cast(count(*) as bigint) as events_count
        from loot_drops
        where actor_type = 1
        group by actor_name, actor_id, combat_level
        union all
        select npc_name as actor_name, npc_id, combat_level, cast(0 as bigint) as events_count
        from npcs
    ),

    named as (
        select
            coalesce(
                {{ mob_name("actor_name") }},
                concat('unknown-', coalesce(cast(npc_id as string), '0'))
            ) as mob_name,
            npc_id,
            cast(combat_level as integer) as combat_level,
            events_count
        from sightings
    ),

    mobs_sighted as (
        select
            lower(mob_name) as mob_key,
            mob_name,
            npc_id,
            combat_level,
            cast(sum(events_count) as bigint) as sightings_count
        from named
        group by lower(mob_name), mob_name, npc_id, combat_level
    )

select *
from mobs_sighted
