with
    users as (select * from {{ ref("int_wrapped__legacy_users_listed") }}),

    deaths_gathered as (select * from {{ ref("int_wrapped__legacy_deaths_gathered") }}),

    own_deaths as (select * from {{ ref("fct_own_deaths") }}),

    regions as (select * from {{ ref("int_wrapped__regions") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    parity_deaths as (
        select
            users.form,
            users.username,
            deaths_gathered.death_number,
            {{ event_at("deaths_gathered.timestamp_value") }} as died_at,
            deaths_gathered.timestamp_value,
            deaths_gathered.x,
            deaths_gathered.y,
            deaths_gathered.region_id,
            coalesce(areas.area_name, 'Unknown') as area_name
        from users
        inner join deaths_gathered on users.username = deaths_gathered.username
        left join regions on deaths_gathered.region_id = regions.region_id
        left join areas on regions.area_id = areas.area_id
        where users.form = 'parity'
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
            cast(own_deaths.x as bigint) as x,
            cast(own_deaths.y as bigint) as y,
            cast(own_deaths.region_id as bigint) as region_id,
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
