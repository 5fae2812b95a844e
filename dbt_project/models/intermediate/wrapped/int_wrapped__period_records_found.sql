{{ config(materialized="table") }}

with
    player_days as (select * from {{ ref("fct_player_days") }}),

    period_days as (select * from {{ ref("int_wrapped__period_days_spanned") }}),

    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    days as (
        select
            period_days.player_id,
            period_days.profile_number,
            period_days.period_id,
            period_days.played_date as day,
            player_days.ticks_count
        from period_days
        inner join
            player_days
            on period_days.player_id = player_days.player_id
            and period_days.profile_number = player_days.profile_number
            and period_days.played_date = player_days.played_date
    ),

    weeks as (
        select
            player_id,
            profile_number,
            period_id,
            {{ iso_week("day") }} as week,
            cast(sum(ticks_count) as bigint) as ticks_count
        from days
        group by player_id, profile_number, period_id, {{ iso_week("day") }}
    ),

    month_sums as (
        select
            player_id,
            profile_number,
            period_id,
            cast(date_trunc('month', day) as date) as month_start,
            cast(sum(ticks_count) as bigint) as ticks_count
        from days
        group by player_id, profile_number, period_id, cast(date_trunc('month', day) as date)
    ),

    -- A month that the period cuts is measured by the days that lie in the period.
    months as (
        select
            month_sums.player_id,
            month_sums.profile_number,
            month_sums.period_id,
            substr(cast(month_sums.month_start as string), 1, 7) as month,
            month_sums.ticks_count,
            cast(month_sums.ticks_count as double)
            / {{
                days_between(
                    "greatest(month_sums.month_start, player_periods.start_date)",
                    "least(cast(month_sums.month_start + interval '1 month' as date),"
                    " player_periods.end_date)",
                )
            }} as ticks_per_day
        from month_sums
        inner join
            player_periods
            on month_sums.player_id = player_periods.player_id
            and month_sums.profile_number = player_periods.profile_number
            and month_sums.period_id = player_periods.period_id
    ),

    best_days as (
        select *
        from days
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id order by ticks_count desc, day
            )
            = 1
    ),

    best_weeks as (
        select *
        from weeks
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id order by ticks_count desc, week
            )
            = 1
    ),

    best_months as (
        select *
        from months
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id order by ticks_per_day desc, month
            )
            = 1
    ),

    period_records_found as (
        select
            best_days.player_id,
            best_days.profile_number,
            best_days.period_id,
            best_days.day as busiest_date,
            best_days.ticks_count as busiest_day_ticks_count,
            best_weeks.week as busiest_week,
            best_weeks.ticks_count as busiest_week_ticks_count,
            best_months.month as best_month,
            best_months.ticks_count as best_month_ticks_count
        from best_days
        inner join
            best_weeks
            on best_days.player_id = best_weeks.player_id
            and best_days.profile_number = best_weeks.profile_number
            and best_days.period_id = best_weeks.period_id
        inner join
            best_months
            on best_days.player_id = best_months.player_id
            and best_days.profile_number = best_months.profile_number
            and best_days.period_id = best_months.period_id
    )

select *
from period_records_found
