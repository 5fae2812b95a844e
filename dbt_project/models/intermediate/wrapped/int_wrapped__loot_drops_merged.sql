with
    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_deduplicated") }}),

    bosses as (select * from {{ ref("wrapped_bosses") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    regions as (select * from {{ ref("int_wrapped__regions") }}),

    boss_mobs as (select mob_key from bosses where mob_key is not null group by mob_key),

    named as (
        select
            *,
            case when actor_type = 1 then 'npc' else 'player' end as actor_kind,
            case
                when actor_type = 1
                then
                    coalesce(
                        {{ mob_name("actor_name") }},
                        concat('unknown-', coalesce(cast(actor_id as string), '0'))
                    )
            end as mob_name,
            case when actor_type = 1 then actor_id end as npc_id
        from loot_drops
        where actor_type in (1, 2)
    ),

    drops as (
        select
            named.*,
            boss_mobs.mob_key is not null as is_boss,
            coalesce(session_profiles.profile_number, 1) as profile_number,
            case
                when named.x is null
                then null
                when named.x >= {{ var("wrapped_instance_min_x") }}
                then 'instance'
                else coalesce(regions.area_id, concat('region-', cast(named.region_id as string)))
            end as area_id
        from named
        left join boss_mobs on lower(named.mob_name) = boss_mobs.mob_key
        left join
            session_profiles
            on named.player_id = session_profiles.player_id
            and named.session_id = session_profiles.session_id
            and named.tick_position >= coalesce(session_profiles.from_position, named.tick_position)
            and (
                session_profiles.to_position is null
                or named.tick_position < session_profiles.to_position
            )
        left join regions on named.region_id = regions.region_id
    ),

    -- Some bosses split the loot of one kill over two events, one or two ticks apart. In one tick
    -- area attacks kill several ordinary monsters on one tile, each with loot of its own.
    drops_with_start as (
        select
            *,
            coalesce(
                not is_boss
                or tick_position - lag(tick_position) over chain not between 1
                and {{ var("wrapped_loot_merge_ticks") }},
                true
            ) as is_kill_start
        from drops
        window
            chain as (
                partition by player_id, session_id, actor_kind, npc_id, x, y
                order by tick_position, event_ms, id_time, id_process, id_counter
            )
    ),

    drops_with_number as (
        select
            *,
            sum(case when is_kill_start then 1 else 0 end) over (
                partition by player_id, session_id, actor_kind, npc_id, x, y
                order by tick_position, event_ms, id_time, id_process, id_counter
                rows between unbounded preceding and current row
            ) as kill_number
        from drops_with_start
    ),

    loot_drops_merged as (
        select
            first_value(
                concat(cast(id_time as string), '-', id_process, '-', cast(id_counter as string))
            ) over (
                partition by player_id, session_id, actor_kind, npc_id, x, y, kill_number
                order by tick_position, event_ms, id_time, id_process, id_counter
                rows between unbounded preceding and current row
            ) as kill_id,
            is_kill_start,
            player_id,
            profile_number,
            session_id,
            tick_position,
            happened_at,
            event_ms,
            played_date,
            actor_kind,
            mob_name,
            lower(mob_name) as mob_key,
            npc_id,
            combat_level,
            is_boss,
            x,
            y,
            area_id,
            id_time,
            id_process,
            id_counter
        from drops_with_number
    )

select *
from loot_drops_merged
