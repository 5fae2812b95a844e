with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    xp_periods as (select * from {{ ref("fct_player_xp_periods") }}),

    skill_periods as (select * from {{ ref("fct_player_skill_periods") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    moments as (select * from {{ ref("int_wrapped__slide_moments_localised") }}),

    favourite_skills as (
        select
            reports.report_id,
            skills.skill,
            skills.display_name,
            skill_periods.gained_xp,
            skill_periods.xp_per_hour,
            skill_periods.levels_gained_count
        from reports
        left join
            xp_periods
            on reports.player_id = xp_periods.player_id
            and reports.profile_number = xp_periods.profile_number
            and reports.period_id = xp_periods.period_id
        left join skills on xp_periods.favourite_skill = skills.skill
        left join
            skill_periods
            on xp_periods.player_id = skill_periods.player_id
            and xp_periods.profile_number = skill_periods.profile_number
            and xp_periods.period_id = skill_periods.period_id
            and xp_periods.favourite_skill = skill_periods.skill
    ),

    biggest_drops as (
        select
            reports.report_id,
            xp_periods.biggest_drop_xp,
            skills.skill,
            skills.display_name,
            moments.moment_date
        from reports
        inner join
            xp_periods
            on reports.player_id = xp_periods.player_id
            and reports.profile_number = xp_periods.profile_number
            and reports.period_id = xp_periods.period_id
        inner join skills on xp_periods.biggest_drop_skill = skills.skill
        left join
            moments on reports.report_id = moments.report_id and moments.stat_id = 'biggest_xp_drop'
    ),

    skill_slides as (
        select
            report_id,
            'favourite_skill' as stat_id,
            cast(gained_xp as double) as value,
            case when skill is null then 0 else 2 end as things_count,
            'skill' as image_kind,
            skill as image_key,
            {{ escape_html("display_name") }} as word_1,
            {{ format_thousands("gained_xp") }} as word_2,
            coalesce(', ' || {{ format_thousands("xp_per_hour") }} || ' an hour', '') as word_3,
            cast(null as string) as word_4,
            {{
                map_of_numbers(
                    {"levels_gained_count": "levels_gained_count", "xp_per_hour": "xp_per_hour"}
                )
            }} as detail
        from favourite_skills
        union all
        select
            report_id,
            'biggest_xp_drop' as stat_id,
            cast(biggest_drop_xp as double) as value,
            2 as things_count,
            'skill' as image_kind,
            skill as image_key,
            {{ format_thousands("biggest_drop_xp") }} as word_1,
            {{ escape_html("display_name") }} as word_2,
            {{ format_date("moment_date") }} as word_3,
            null as word_4,
            {{ map_of_numbers({}) }} as detail
        from biggest_drops
    )

select *
from skill_slides
