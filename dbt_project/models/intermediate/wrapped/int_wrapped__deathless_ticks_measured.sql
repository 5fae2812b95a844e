with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    player_days as (select * from {{ ref("fct_player_days") }}),

    own_deaths as (select * from {{ ref("fct_own_deaths") }}),

    dates as (
        select player_id, profile_number, played_date, ticks_count
        from player_days
        union all
        select player_id, profile_number, played_date, cast(0 as bigint) as ticks_count
        from own_deaths
    ),

    date_ticks as (
        select
            player_id, profile_number, played_date, cast(sum(ticks_count) as bigint) as ticks_count
        from dates
        group by player_id, profile_number, played_date
    ),

    -- Positions count the ticks of all history, so they serve every period.
    date_positions as (
        select
            player_id,
            profile_number,
            played_date,
            ticks_count,
            sum(ticks_count) over (partition by player_id, profile_number order by played_date)
            - ticks_count as first_position
        from date_ticks
    ),

    period_bounds as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            periods.start_date,
            periods.end_date,
            min(date_positions.first_position) as start_position,
            max(date_positions.first_position + date_positions.ticks_count) as end_position
        from periods
        inner join
            date_positions
            on periods.player_id = date_positions.player_id
            and periods.profile_number = date_positions.profile_number
            and periods.start_date <= date_positions.played_date
            and periods.end_date > date_positions.played_date
        group by
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            periods.start_date,
            periods.end_date
    ),

    death_positions as (
        select
            period_bounds.player_id,
            period_bounds.profile_number,
            period_bounds.period_id,
            date_positions.first_position + own_deaths.ticks_before_in_day as ticks_position
        from own_deaths
        inner join
            date_positions
            on own_deaths.player_id = date_positions.player_id
            and own_deaths.profile_number = date_positions.profile_number
            and own_deaths.played_date = date_positions.played_date
        inner join
            period_bounds
            on own_deaths.player_id = period_bounds.player_id
            and own_deaths.profile_number = period_bounds.profile_number
            and own_deaths.played_date >= period_bounds.start_date
            and own_deaths.played_date < period_bounds.end_date
    ),

    marks as (
        select player_id, profile_number, period_id, start_position as ticks_position
        from period_bounds
        union all
        select player_id, profile_number, period_id, ticks_position
        from death_positions
        union all
        select player_id, profile_number, period_id, end_position as ticks_position
        from period_bounds
    ),

    gaps as (
        select
            player_id,
            profile_number,
            period_id,
            ticks_position - lag(ticks_position) over (
                partition by player_id, profile_number, period_id order by ticks_position
            ) as deathless_ticks_count
        from marks
    ),

    deathless_ticks_measured as (
        select
            player_id,
            profile_number,
            period_id,
            cast(max(deathless_ticks_count) as bigint) as longest_deathless_ticks_count
        from gaps
        group by player_id, profile_number, period_id
    )

select *
from deathless_ticks_measured
