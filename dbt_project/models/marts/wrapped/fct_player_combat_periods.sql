with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    mob_periods as (select * from {{ ref("fct_player_mob_periods") }}),

    mobs as (select * from {{ ref("dim_mobs") }}),

    period_deaths as (select * from {{ ref("int_wrapped__period_deaths_counted") }}),

    deathless_ticks as (select * from {{ ref("int_wrapped__deathless_ticks_measured") }}),

    player_days as (select * from {{ ref("fct_player_days") }}),

    kill_counts as (
        select player_id, profile_number, period_id, cast(sum(kills_count) as bigint) as kills_count
        from mob_periods
        group by player_id, profile_number, period_id
    ),

    most_killed_mobs as (
        select mob_periods.*
        from mob_periods
        left join mobs on mob_periods.mob_key = mobs.mob_key
        -- Equally many kills: the higher level, then the first by name.
        qualify
            row_number() over (
                partition by
                    mob_periods.player_id, mob_periods.profile_number, mob_periods.period_id
                order by
                    mob_periods.kills_count desc,
                    mob_periods.combat_level desc nulls last,
                    coalesce(mobs.mob_name, mob_periods.mob_key),
                    mob_periods.mob_key asc
            )
            = 1
    ),

    period_ticks as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            cast(sum(player_days.ticks_count) as bigint) as ticks_count,
            cast(sum(player_days.combat_ticks_count) as bigint) as combat_ticks_count
        from periods
        inner join
            player_days
            on periods.player_id = player_days.player_id
            and periods.profile_number = player_days.profile_number
            and periods.start_date <= player_days.played_date
            and periods.end_date > player_days.played_date
        group by periods.player_id, periods.profile_number, periods.period_id
    ),

    player_combat_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            coalesce(kill_counts.kills_count, 0) as kills_count,
            most_killed_mobs.mob_key as most_killed_mob_key,
            coalesce(period_deaths.deaths_count, 0) as deaths_count,
            coalesce(period_deaths.safe_deaths_count, 0) as safe_deaths_count,
            period_deaths.deadliest_area_id,
            period_deaths.first_death_at,
            case
                when period_ticks.ticks_count > 0
                then
                    cast(
                        deathless_ticks.longest_deathless_ticks_count
                        * cast({{ var("wrapped_seconds_per_tick") }} as double)
                        / 3600 as double
                    )
            end as longest_deathless_hours,
            cast(
                coalesce(period_ticks.combat_ticks_count, 0)
                * cast({{ var("wrapped_seconds_per_tick") }} as double)
                / 3600 as double
            ) as combat_hours
        from periods
        left join
            kill_counts
            on periods.player_id = kill_counts.player_id
            and periods.profile_number = kill_counts.profile_number
            and periods.period_id = kill_counts.period_id
        left join
            most_killed_mobs
            on periods.player_id = most_killed_mobs.player_id
            and periods.profile_number = most_killed_mobs.profile_number
            and periods.period_id = most_killed_mobs.period_id
        left join
            period_deaths
            on periods.player_id = period_deaths.player_id
            and periods.profile_number = period_deaths.profile_number
            and periods.period_id = period_deaths.period_id
        left join
            deathless_ticks
            on periods.player_id = deathless_ticks.player_id
            and periods.profile_number = deathless_ticks.profile_number
            and periods.period_id = deathless_ticks.period_id
        left join
            period_ticks
            on periods.player_id = period_ticks.player_id
            and periods.profile_number = period_ticks.profile_number
            and periods.period_id = period_ticks.period_id
    )

select *
from player_combat_periods
