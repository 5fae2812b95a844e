with
    users as (select * from {{ ref("int_wrapped__legacy_users_listed") }}),

    npc_loot as (select * from {{ ref("int_wrapped__legacy_loot_counted") }}),

    mob_loot as (select * from {{ ref("int_wrapped__legacy_mob_loot_summed") }}),

    legacy_npc_loot as (
        select
            users.form,
            users.username,
            npc_loot.npc_id,
            cast(null as string) as mob_key,
            npc_loot.npc_name as mob_name,
            npc_loot.item_id,
            npc_loot.kill_count,
            npc_loot.quantity
        from users
        inner join npc_loot on users.username = npc_loot.username
        where users.form = 'parity'
        union all
        select
            users.form,
            users.username,
            mob_loot.npc_id,
            mob_loot.mob_key,
            mob_loot.mob_name,
            mob_loot.item_id,
            mob_loot.kill_count,
            mob_loot.quantity
        from users
        inner join
            mob_loot
            on users.player_id = mob_loot.player_id
            and users.profile_number = mob_loot.profile_number
    )

select *
from legacy_npc_loot
