{{ config(materialized="table") }}

with
    player_days as (
        select *
        from {{ ref("fct_player_days") }}
        where ticks_count >= {{ var("wrapped_active_day_ticks") }}
    ),

    period_days as (select * from {{ ref("int_wrapped__period_days_spanned") }}),

    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    player_data as (select * from {{ ref("int_wrapped__player_data_localized") }}),

    as_of_dates as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            least(
                {{ add_days("player_periods.end_date", -1) }},
                coalesce(
                    player_data.data_through_date, {{ add_days("player_periods.end_date", -1) }}
                )
            ) as as_of_date
        from player_periods
        inner join player_data on player_periods.player_id = player_data.player_id
    ),

    -- Consecutive dates less their row number are one and the same date.
    active_days as (
        select
            period_days.player_id,
            period_days.profile_number,
            period_days.period_id,
            period_days.played_date,
            {{
                add_days(
                    "period_days.played_date",
                    "-row_number() over (partition by period_days.player_id,"
                    " period_days.profile_number, period_days.period_id"
                    " order by period_days.played_date)",
                )
            }} as island
        from period_days
        inner join
            player_days
            on period_days.player_id = player_days.player_id
            and period_days.profile_number = player_days.profile_number
            and period_days.played_date = player_days.played_date
    ),

    islands as (
        select
            player_id,
            profile_number,
            period_id,
            min(played_date) as first_date,
            max(played_date) as last_date,
            count(*) as days_count
        from active_days
        group by player_id, profile_number, period_id, island
    ),

    full_islands as (
        select
            periods_touched.player_id,
            periods_touched.profile_number,
            periods_touched.period_id,
            whole_islands.first_date,
            whole_islands.last_date,
            whole_islands.days_count
        from islands as periods_touched
        inner join
            islands as whole_islands
            on periods_touched.player_id = whole_islands.player_id
            and periods_touched.profile_number = whole_islands.profile_number
            and whole_islands.period_id = 'all'
            and periods_touched.first_date >= whole_islands.first_date
            and periods_touched.last_date <= whole_islands.last_date
    ),

    longest_islands as (
        select *
        from islands
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id
                order by days_count desc, first_date
            )
            = 1
    ),

    longest_full_islands as (
        select *
        from full_islands
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id
                order by days_count desc, first_date
            )
            = 1
    ),

    active_days_counts as (
        select player_id, profile_number, period_id, cast(sum(days_count) as bigint) as days_count
        from islands
        group by player_id, profile_number, period_id
    ),

    current_islands as (
        select
            islands.player_id,
            islands.profile_number,
            islands.period_id,
            max(islands.days_count) as days_count
        from islands
        inner join
            as_of_dates
            on islands.player_id = as_of_dates.player_id
            and islands.profile_number = as_of_dates.profile_number
            and islands.period_id = as_of_dates.period_id
            and islands.first_date <= as_of_dates.as_of_date
            and islands.last_date >= {{ add_days("as_of_dates.as_of_date", -1) }}
        group by islands.player_id, islands.profile_number, islands.period_id
    ),

    period_streaks_measured as (
        select
            longest_islands.player_id,
            longest_islands.profile_number,
            longest_islands.period_id,
            active_days_counts.days_count as active_days_count,
            longest_islands.days_count as longest_streak_days,
            longest_islands.first_date as longest_streak_start_date,
            longest_islands.last_date as longest_streak_end_date,
            longest_full_islands.days_count as longest_full_streak_days,
            longest_full_islands.first_date as longest_full_streak_start_date,
            longest_full_islands.last_date as longest_full_streak_end_date,
            coalesce(current_islands.days_count, 0) as current_streak_days
        from longest_islands
        inner join
            active_days_counts
            on longest_islands.player_id = active_days_counts.player_id
            and longest_islands.profile_number = active_days_counts.profile_number
            and longest_islands.period_id = active_days_counts.period_id
        left join
            longest_full_islands
            on longest_islands.player_id = longest_full_islands.player_id
            and longest_islands.profile_number = longest_full_islands.profile_number
            and longest_islands.period_id = longest_full_islands.period_id
        left join
            current_islands
            on longest_islands.player_id = current_islands.player_id
            and longest_islands.profile_number = current_islands.profile_number
            and longest_islands.period_id = current_islands.period_id
    )

select *
from period_streaks_measured
