with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    own_deaths as (select * from {{ ref("fct_own_deaths") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    period_deaths as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            own_deaths.death_id,
            own_deaths.died_at,
            own_deaths.is_safe,
            own_deaths.area_id,
            coalesce(areas.area_name, own_deaths.area_id) as area_name
        from periods
        inner join
            own_deaths
            on periods.player_id = own_deaths.player_id
            and periods.profile_number = own_deaths.profile_number
            and periods.start_date <= own_deaths.played_date
            and periods.end_date > own_deaths.played_date
        left join areas on own_deaths.area_id = areas.area_id
    ),

    area_deaths as (
        select player_id, profile_number, period_id, area_id, area_name, count(*) as deaths_count
        from period_deaths
        where area_id is not null
        group by player_id, profile_number, period_id, area_id, area_name
    ),

    deadliest_areas as (
        select *
        from area_deaths
        -- Equally deadly places: the first by name.
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id
                order by deaths_count desc, area_name asc, area_id asc
            )
            = 1
    ),

    death_counts as (
        select
            player_id,
            profile_number,
            period_id,
            cast(count(*) as bigint) as deaths_count,
            cast(count(*) filter (where is_safe) as bigint) as safe_deaths_count,
            min(died_at) as first_death_at
        from period_deaths
        group by player_id, profile_number, period_id
    ),

    period_deaths_counted as (
        select
            death_counts.player_id,
            death_counts.profile_number,
            death_counts.period_id,
            death_counts.deaths_count,
            death_counts.safe_deaths_count,
            deadliest_areas.area_id as deadliest_area_id,
            death_counts.first_death_at
        from death_counts
        left join
            deadliest_areas
            on death_counts.player_id = deadliest_areas.player_id
            and death_counts.profile_number = deadliest_areas.profile_number
            and death_counts.period_id = deadliest_areas.period_id
    )

select *
from period_deaths_counted
