with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    player_periods as (select * from {{ ref("fct_player_periods") }}),

    moments as (select * from {{ ref("int_wrapped__slide_moments_localised") }}),

    hour_comparisons as (select * from {{ ref("wrapped_hour_comparisons") }}),

    compared_reports as (
        select
            reports.report_id,
            player_periods.ticks_count,
            player_periods.played_hours,
            player_periods.adjusted_hours,
            player_periods.lost_ticks_count,
            player_periods.longest_session_seconds,
            player_periods.longest_session_ticks_count,
            hour_comparisons.phrase
        from reports
        inner join
            player_periods
            on reports.player_id = player_periods.player_id
            and reports.profile_number = player_periods.profile_number
            and reports.period_id = player_periods.period_id
        left join hour_comparisons on player_periods.played_hours >= hour_comparisons.minimum_hours
        -- Several phrases are below the hours played: the greatest of them fits.
        qualify
            row_number() over (
                partition by reports.report_id
                order by hour_comparisons.minimum_hours desc nulls last
            )
            = 1
    ),

    time_slides as (
        select
            report_id,
            'hours_played' as stat_id,
            played_hours as value,
            case when ticks_count = 0 then 0 else 2 end as things_count,
            'stat' as image_kind,
            'hours_played' as image_key,
            {{ format_hours("played_hours") }} as word_1,
            {{ escape_html("phrase") }} as word_2,
            cast(null as string) as word_3,
            cast(null as string) as word_4,
            {{
                map_of_numbers(
                    {
                        "adjusted_hours": "adjusted_hours",
                        "lost_ticks_count": "lost_ticks_count",
                        "ticks_count": "ticks_count",
                    }
                )
            }} as detail
        from compared_reports
        union all
        select
            compared_reports.report_id,
            'longest_session' as stat_id,
            compared_reports.longest_session_seconds as value,
            2 as things_count,
            'stat' as image_kind,
            'longest_session' as image_key,
            {{ format_duration("compared_reports.longest_session_seconds") }} as word_1,
            {{ format_date("moments.moment_date") }} as word_2,
            null as word_3,
            null as word_4,
            {{ map_of_numbers({"ticks_count": "compared_reports.longest_session_ticks_count"}) }}
            as detail
        from compared_reports
        left join
            moments
            on compared_reports.report_id = moments.report_id
            and moments.stat_id = 'longest_session'
    )

select *
from time_slides
