with
    area_days as (select * from {{ ref("fct_player_area_days") }}),

    area_visits as (select * from {{ ref("fct_area_visits") }}),

    own_deaths as (select * from {{ ref("fct_own_deaths") }} where area_id is not null),

    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    visit_days as (
        select
            player_id,
            profile_number,
            visited_date as played_date,
            area_id,
            count(*) as visits_count,
            min(started_at) as first_visit_at
        from area_visits
        group by player_id, profile_number, visited_date, area_id
    ),

    days_in_areas as (
        select
            player_id,
            profile_number,
            played_date,
            area_id,
            ticks_count,
            0 as visits_count,
            cast(null as timestamp) as first_visit_at,
            0 as deaths_count
        from area_days
        union all
        select
            player_id,
            profile_number,
            played_date,
            area_id,
            0 as ticks_count,
            visits_count,
            first_visit_at,
            0 as deaths_count
        from visit_days
        union all
        select
            player_id,
            profile_number,
            played_date,
            area_id,
            0 as ticks_count,
            0 as visits_count,
            cast(null as timestamp) as first_visit_at,
            1 as deaths_count
        from own_deaths
    ),

    player_area_periods as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            days_in_areas.area_id,
            cast(sum(days_in_areas.ticks_count) as bigint) as ticks_count,
            cast(sum(days_in_areas.ticks_count) as double)
            * {{ var("wrapped_seconds_per_tick") }}
            / 3600 as played_hours,
            cast(sum(days_in_areas.visits_count) as bigint) as visits_count,
            min(days_in_areas.first_visit_at) as first_visit_at,
            cast(sum(days_in_areas.deaths_count) as bigint) as deaths_count
        from player_periods
        inner join
            days_in_areas
            on player_periods.player_id = days_in_areas.player_id
            and player_periods.profile_number = days_in_areas.profile_number
            and days_in_areas.played_date >= player_periods.start_date
            and days_in_areas.played_date < player_periods.end_date
        group by
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            days_in_areas.area_id
    )

select *
from player_area_periods
