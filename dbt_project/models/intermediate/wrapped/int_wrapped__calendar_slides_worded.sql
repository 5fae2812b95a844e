with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    player_periods as (select * from {{ ref("fct_player_periods") }}),

    moments as (select * from {{ ref("int_wrapped__slide_moments_localised") }}),

    reported_periods as (
        select
            reports.report_id,
            player_periods.longest_streak_days,
            player_periods.longest_streak_start_date,
            player_periods.longest_streak_end_date,
            player_periods.active_days_count,
            player_periods.best_month,
            player_periods.best_month_ticks_count,
            player_periods.best_month_ticks_count
            * {{ var("wrapped_seconds_per_tick") }}
            / cast(3600 as double) as best_month_hours,
            player_periods.longest_break_seconds,
            case
                when player_periods.comeback_at is not null
                then floor(player_periods.longest_break_seconds / 86400)
            end as away_days
        from reports
        inner join
            player_periods
            on reports.player_id = player_periods.player_id
            and reports.profile_number = player_periods.profile_number
            and reports.period_id = player_periods.period_id
    ),

    calendar_slides as (
        select
            report_id,
            'streak' as stat_id,
            cast(longest_streak_days as double) as value,
            longest_streak_days as things_count,
            'stat' as image_kind,
            'streak' as image_key,
            {{ format_thousands("longest_streak_days") }} as word_1,
            {{ format_date("longest_streak_start_date") }} as word_2,
            {{ format_date("longest_streak_end_date") }} as word_3,
            cast(null as string) as word_4,
            {{ map_of_numbers({"active_days_count": "active_days_count"}) }} as detail
        from reported_periods
        union all
        select
            report_id,
            'best_month' as stat_id,
            best_month_hours as value,
            2 as things_count,
            'stat' as image_kind,
            'best_month' as image_key,
            {{ format_month("best_month") }} as word_1,
            {{ format_hours("best_month_hours") }} as word_2,
            null as word_3,
            null as word_4,
            {{ map_of_numbers({"ticks_count": "best_month_ticks_count"}) }} as detail
        from reported_periods
        union all
        select
            reported_periods.report_id,
            'comeback' as stat_id,
            reported_periods.away_days as value,
            2 as things_count,
            'stat' as image_kind,
            'comeback' as image_key,
            {{ format_thousands("reported_periods.away_days") }} as word_1,
            {{ format_date("moments.moment_date") }} as word_2,
            null as word_3,
            null as word_4,
            {{ map_of_numbers({"break_seconds": "reported_periods.longest_break_seconds"}) }}
            as detail
        from reported_periods
        left join
            moments
            on reported_periods.report_id = moments.report_id
            and moments.stat_id = 'comeback'
    )

select *
from calendar_slides
