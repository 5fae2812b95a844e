with
    users as (select * from {{ ref("int_wrapped__legacy_users_listed") }}),

    actor_deaths as (select * from {{ ref("stg_wrapped__actor_deaths") }}),

    own_deaths as (select * from {{ ref("fct_own_deaths") }}),

    regions as (select * from {{ ref("int_wrapped__regions") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    parity_deaths as (
        select
            users.form,
            users.username,
            row_number() over (
                partition by users.username
                order by actor_deaths.id_time, actor_deaths.id_process, actor_deaths.id_counter
            ) as death_number,
            actor_deaths.happened_at as died_at,
            cast(actor_deaths.event_ms as double) as timestamp_value,
            cast(actor_deaths.x as integer) as x,
            cast(actor_deaths.y as integer) as y,
            actor_deaths.region_id,
            coalesce(areas.area_name, 'Unknown') as area_name
        from users
        inner join actor_deaths on users.username = actor_deaths.username
        left join regions on actor_deaths.region_id = regions.region_id
        left join areas on regions.area_id = areas.area_id
        where
            users.form = 'parity'
            and actor_deaths.actor_name = actor_deaths.username
            and actor_deaths.tick_number is not null
            and not actor_deaths.is_derived_session
            and actor_deaths.event_ms is not null
            and actor_deaths.x is not null
            and actor_deaths.y is not null
            and actor_deaths.region_id is not null
    ),

    corrected_deaths as (
        select
            users.form,
            users.username,
            row_number() over (
                partition by users.username
                order by own_deaths.died_at, own_deaths.session_id, own_deaths.tick_position
            ) as death_number,
            own_deaths.died_at,
            {{ timestamp_to_epoch_seconds("own_deaths.died_at") }} as timestamp_value,
            cast(own_deaths.x as integer) as x,
            cast(own_deaths.y as integer) as y,
            own_deaths.region_id,
            coalesce(areas.area_name, 'Unknown') as area_name
        from users
        inner join
            own_deaths
            on users.player_id = own_deaths.player_id
            and users.profile_number = own_deaths.profile_number
        left join areas on own_deaths.area_id = areas.area_id
    ),

    legacy_deaths as (
        select *
        from parity_deaths
        union all
        select *
        from corrected_deaths
    )

select *
from legacy_deaths
