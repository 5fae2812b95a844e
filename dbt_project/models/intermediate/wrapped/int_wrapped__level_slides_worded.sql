with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    xp_periods as (select * from {{ ref("fct_player_xp_periods") }}),

    top_skills as (select * from {{ ref("int_wrapped__report_skills_ranked") }}),

    moments as (select * from {{ ref("int_wrapped__slide_moments_localised") }}),

    reported_xp as (
        select
            reports.report_id,
            xp_periods.levels_gained_count,
            xp_periods.virtual_levels_gained_count,
            xp_periods.new_99s_count,
            xp_periods.new_200m_count,
            xp_periods.best_hour_xp,
            moments.moment_date as best_hour_date,
            top_skills.levels_skill,
            top_skills.levels_skill_name,
            top_skills.levels_in_skill_count,
            top_skills.best_hour_skill,
            top_skills.best_hour_skill_name,
            top_skills.first_99_skill,
            top_skills.first_99s_text
        from reports
        inner join
            xp_periods
            on reports.player_id = xp_periods.player_id
            and reports.profile_number = xp_periods.profile_number
            and reports.period_id = xp_periods.period_id
        left join top_skills on reports.report_id = top_skills.report_id
        left join moments on reports.report_id = moments.report_id and moments.stat_id = 'best_hour'
    ),

    level_slides as (
        select
            report_id,
            'levels' as stat_id,
            cast(levels_gained_count as double) as value,
            levels_gained_count as things_count,
            'skill' as image_kind,
            levels_skill as image_key,
            {{ format_thousands("levels_gained_count") }} as word_1,
            coalesce(
                ', '
                || {{ format_thousands("levels_in_skill_count") }}
                || ' of them in '
                || {{ escape_html("levels_skill_name") }},
                ''
            ) as word_2,
            {{ escape_html("levels_skill_name") }} as word_3,
            cast(null as string) as word_4,
            {{ map_of_numbers({"virtual_levels_gained_count": "virtual_levels_gained_count"}) }}
            as detail
        from reported_xp
        union all
        select
            report_id,
            'first_99s' as stat_id,
            cast(new_99s_count as double) as value,
            new_99s_count as things_count,
            'skill' as image_kind,
            first_99_skill as image_key,
            {{ format_thousands("new_99s_count") }} as word_1,
            {{ escape_html("first_99s_text") }} as word_2,
            null as word_3,
            null as word_4,
            {{ map_of_numbers({"new_200m_count": "new_200m_count"}) }} as detail
        from reported_xp
        union all
        select
            report_id,
            'best_hour' as stat_id,
            cast(best_hour_xp as double) as value,
            2 as things_count,
            'skill' as image_kind,
            best_hour_skill as image_key,
            {{ format_thousands("best_hour_xp") }} as word_1,
            coalesce(' in ' || {{ escape_html("best_hour_skill_name") }}, '') as word_2,
            {{ format_date("best_hour_date") }} as word_3,
            null as word_4,
            {{ map_of_numbers({}) }} as detail
        from reported_xp
    )

select *
from level_slides
