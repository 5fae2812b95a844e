with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    player_periods as (select * from {{ ref("fct_player_periods") }}),

    moments as (select * from {{ ref("int_wrapped__slide_moments_localised") }}),

    quality_slides as (
        select
            reports.report_id,
            'quality' as stat_id,
            player_periods.completeness_share as value,
            case when player_periods.completeness_share is null then 0 else 2 end as things_count,
            'stat' as image_kind,
            'quality' as image_key,
            {{ format_thousands("100 * player_periods.completeness_share", 1) }} || '%' as word_1,
            coalesce(
                ', '
                || {{ format_thousands("100 * player_periods.untracked_xp_share", 1) }}
                || '% of the xp was gained elsewhere',
                ''
            ) as word_2,
            coalesce({{ format_date("moments.moment_date") }}, 'an unknown day') as word_3,
            {{ escape_html("reports.time_zone") }} as word_4,
            {{
                map_of_numbers(
                    {
                        "lost_ticks_count": "player_periods.lost_ticks_count",
                        "untracked_xp_share": "player_periods.untracked_xp_share",
                    }
                )
            }} as detail
        from reports
        inner join
            player_periods
            on reports.player_id = player_periods.player_id
            and reports.profile_number = player_periods.profile_number
            and reports.period_id = player_periods.period_id
        left join moments on reports.report_id = moments.report_id and moments.stat_id = 'quality'
    )

select *
from quality_slides
