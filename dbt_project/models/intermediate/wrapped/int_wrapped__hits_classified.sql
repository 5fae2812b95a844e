with
    hitsplats as (select * from {{ ref("int_wrapped__hitsplats_deduplicated") }}),

    hitsplat_types as (select * from {{ ref("wrapped_hitsplat_types") }}),

    mobs_sighted as (select * from {{ ref("int_wrapped__mobs_sighted") }}),

    mob_keys as (select mob_key from mobs_sighted group by mob_key),

    hits as (
        select
            *,
            coalesce(
                actor_name = username and (actor_type = 2 or actor_type is null), false
            ) as is_self,
            case
                when actor_type = 1 or actor_type is null then {{ mob_name("actor_name") }}
            end as mob_name
        from hitsplats
    ),

    hits_with_direction as (
        select
            *,
            case when is_self then 'taken' when is_mine then 'dealt' end as direction,
            case
                when actor_type = 1 and mob_name is null
                then concat('unknown-', coalesce(cast(actor_id as string), '0'))
                else lower(mob_name)
            end as mob_key
        from hits
    ),

    -- Documents before v4 do not say whether a name is a monster's or a player's, so only names
    -- that are known to be a monster's go on from here.
    hits_classified as (
        select
            hits_with_direction.player_id,
            hits_with_direction.session_id,
            hits_with_direction.tick_position,
            hits_with_direction.event_ms,
            hits_with_direction.happened_at,
            hits_with_direction.played_date,
            hits_with_direction.direction,
            coalesce(hitsplat_types.hitsplat_class, 'other') as hitsplat_class,
            coalesce(hitsplat_types.is_max, false) as is_max,
            hits_with_direction.amount,
            case when hits_with_direction.direction = 'dealt' then mob_keys.mob_key end as mob_key,
            case
                when hits_with_direction.direction = 'dealt' and hits_with_direction.actor_type = 1
                then hits_with_direction.actor_id
            end as npc_id,
            case
                when hits_with_direction.direction = 'taken'
                then null
                when hits_with_direction.actor_type = 2
                then 'player'
                when mob_keys.mob_key is not null
                then 'npc'
            end as actor_kind,
            hits_with_direction.id_time,
            hits_with_direction.id_process,
            hits_with_direction.id_counter
        from hits_with_direction
        left join hitsplat_types on hits_with_direction.hitsplat_type = hitsplat_types.hitsplat_type
        left join mob_keys on hits_with_direction.mob_key = mob_keys.mob_key
        where hits_with_direction.direction is not null
    )

select *
from hits_classified
