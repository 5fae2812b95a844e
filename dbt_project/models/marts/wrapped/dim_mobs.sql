with
    mobs_sighted as (select * from {{ ref("int_wrapped__mobs_sighted") }}),

    bosses as (select * from {{ ref("wrapped_bosses") }}),

    boss_mobs as (select mob_key from bosses where mob_key is not null group by mob_key),

    name_counts as (
        select mob_key, mob_name, sum(sightings_count) as sightings_count
        from mobs_sighted
        group by mob_key, mob_name
    ),

    commonest_names as (
        select *
        from name_counts
        -- One key has several spellings; equally common ones: the first by alphabet.
        qualify
            row_number() over (partition by mob_key order by sightings_count desc, mob_name asc) = 1
    ),

    level_counts as (
        select mob_key, combat_level, sum(sightings_count) as sightings_count
        from mobs_sighted
        where combat_level is not null
        group by mob_key, combat_level
    ),

    commonest_levels as (
        select *
        from level_counts
        -- One name has several levels; equally common ones: the higher.
        qualify
            row_number() over (
                partition by mob_key order by sightings_count desc, combat_level desc
            )
            = 1
    ),

    npc_counts as (
        select mob_key, npc_id, sum(sightings_count) as sightings_count
        from mobs_sighted
        where npc_id is not null
        group by mob_key, npc_id
    ),

    commonest_npcs as (
        select *
        from npc_counts
        -- One name has several npc ids; equally common ones: the smaller.
        qualify
            row_number() over (partition by mob_key order by sightings_count desc, npc_id asc) = 1
    ),

    mobs as (
        select
            commonest_names.mob_key,
            commonest_names.mob_name,
            commonest_levels.combat_level,
            commonest_npcs.npc_id,
            boss_mobs.mob_key is not null as is_boss
        from commonest_names
        left join commonest_levels on commonest_names.mob_key = commonest_levels.mob_key
        left join commonest_npcs on commonest_names.mob_key = commonest_npcs.mob_key
        left join boss_mobs on commonest_names.mob_key = boss_mobs.mob_key
    )

select *
from mobs
