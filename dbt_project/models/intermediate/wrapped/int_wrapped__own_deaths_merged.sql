with
    actor_deaths as (select * from {{ ref("int_wrapped__actor_deaths_deduplicated") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    regions as (select * from {{ ref("int_wrapped__regions") }}),

    own_deaths as (
        select
            *,
            tick_position - lag(tick_position) over (
                partition by player_id, session_id
                order by tick_position, event_ms, id_time, id_process, id_counter
            ) as ticks_since_previous
        from actor_deaths
        where actor_name = username and (actor_type = 2 or actor_type is null)
    ),

    -- The client can report one death several times.
    own_deaths_merged as (
        select
            concat(
                cast(own_deaths.id_time as string),
                '-',
                own_deaths.id_process,
                '-',
                cast(own_deaths.id_counter as string)
            ) as death_id,
            own_deaths.player_id,
            coalesce(session_profiles.profile_number, 1) as profile_number,
            own_deaths.session_id,
            own_deaths.tick_position,
            own_deaths.happened_at as died_at,
            own_deaths.event_ms,
            own_deaths.played_date,
            own_deaths.x,
            own_deaths.y,
            own_deaths.region_id,
            case
                when own_deaths.x is null
                then null
                when own_deaths.x >= {{ var("wrapped_instance_min_x") }}
                then 'instance'
                else
                    coalesce(
                        regions.area_id, concat('region-', cast(own_deaths.region_id as string))
                    )
            end as area_id
        from own_deaths
        left join
            session_profiles
            on own_deaths.player_id = session_profiles.player_id
            and own_deaths.session_id = session_profiles.session_id
            and own_deaths.tick_position
            >= coalesce(session_profiles.from_position, own_deaths.tick_position)
            and (
                session_profiles.to_position is null
                or own_deaths.tick_position < session_profiles.to_position
            )
        left join regions on own_deaths.region_id = regions.region_id
        where
            own_deaths.ticks_since_previous is null
            or own_deaths.ticks_since_previous > {{ var("wrapped_death_merge_ticks") }}
    )

select *
from own_deaths_merged
