with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    player_periods as (select * from {{ ref("fct_player_periods") }}),

    reported_periods as (
        select
            reports.report_id,
            reports.time_zone,
            player_periods.peak_hour,
            player_periods.chronotype,
            player_periods.weekend_share
        from reports
        inner join
            player_periods
            on reports.player_id = player_periods.player_id
            and reports.profile_number = player_periods.profile_number
            and reports.period_id = player_periods.period_id
    ),

    rhythm_slides as (
        select
            report_id,
            'peak_hour' as stat_id,
            cast(peak_hour as double) as value,
            2 as things_count,
            'stat' as image_kind,
            'peak_hour' as image_key,
            lpad(cast(peak_hour as string), 2, '0')
            || ':00 to '
            || lpad(cast(mod(peak_hour + 1, 24) as string), 2, '0')
            || ':00' as word_1,
            {{ escape_html("time_zone") }} as word_2,
            case
                when chronotype = 'night_owl'
                then 'A night owl'
                when chronotype = 'early_bird'
                then 'An early bird'
                when chronotype = 'daytime'
                then 'A daytime player'
                else ''
            end as word_3,
            cast(null as string) as word_4,
            {{ map_of_numbers({}) }} as detail
        from reported_periods
        union all
        select
            report_id,
            'weekend' as stat_id,
            weekend_share as value,
            2 as things_count,
            'stat' as image_kind,
            'weekend' as image_key,
            {{ format_thousands("100 * weekend_share") }} as word_1,
            null as word_2,
            null as word_3,
            null as word_4,
            {{ map_of_numbers({}) }} as detail
        from reported_periods
    )

select *
from rhythm_slides
