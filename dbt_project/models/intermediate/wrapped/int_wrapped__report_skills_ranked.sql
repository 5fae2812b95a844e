with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    xp_periods as (select * from {{ ref("fct_player_xp_periods") }}),

    skill_periods as (select * from {{ ref("fct_player_skill_periods") }}),

    level_ups as (select * from {{ ref("fct_level_ups") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    levels_by_skill as (
        select
            reports.report_id, skills.skill, skills.display_name, skill_periods.levels_gained_count
        from reports
        inner join
            skill_periods
            on reports.player_id = skill_periods.player_id
            and reports.profile_number = skill_periods.profile_number
            and reports.period_id = skill_periods.period_id
        inner join skills on skill_periods.skill = skills.skill
        where skill_periods.levels_gained_count > 0
        -- Several skills may have as many levels: the first by name.
        qualify
            row_number() over (
                partition by reports.report_id
                order by skill_periods.levels_gained_count desc, skills.display_name
            )
            = 1
    ),

    best_hours as (
        select reports.report_id, skills.skill, skills.display_name
        from reports
        inner join
            xp_periods
            on reports.player_id = xp_periods.player_id
            and reports.profile_number = xp_periods.profile_number
            and reports.period_id = xp_periods.period_id
        inner join
            skill_periods
            on xp_periods.player_id = skill_periods.player_id
            and xp_periods.profile_number = skill_periods.profile_number
            and xp_periods.period_id = skill_periods.period_id
            and xp_periods.best_hour_xp = skill_periods.best_hour_xp
            and xp_periods.best_hour_ended_at = skill_periods.best_hour_ended_at
        inner join skills on skill_periods.skill = skills.skill
        -- Two skills may share the best hour: the first by name.
        qualify row_number() over (partition by reports.report_id order by skills.display_name) = 1
    ),

    ordered_99s as (
        select
            reports.report_id,
            skills.skill,
            skills.display_name,
            level_ups.played_date,
            row_number() over (
                partition by reports.report_id order by level_ups.reached_at, skills.display_name
            ) as position
        from reports
        inner join
            level_ups
            on reports.player_id = level_ups.player_id
            and reports.profile_number = level_ups.profile_number
            and coalesce(reports.start_date <= level_ups.played_date, true)
            and coalesce(reports.end_date > level_ups.played_date, true)
        inner join skills on level_ups.skill = skills.skill
        where level_ups.kind = 'level' and level_ups.level = 99
    ),

    reached_99s as (
        select
            report_id,
            {{
                joined_text(
                    ordered_list(
                        "display_name || ' (' || " ~ format_date("played_date") ~ " || ')'",
                        ["position"],
                    ),
                    "', '",
                )
            }} as first_99s_text,
            max(case when position = 1 then skill end) as first_99_skill
        from ordered_99s
        group by report_id
    ),

    ranked_skills as (
        select
            reports.report_id,
            levels_by_skill.skill as levels_skill,
            levels_by_skill.display_name as levels_skill_name,
            levels_by_skill.levels_gained_count as levels_in_skill_count,
            best_hours.skill as best_hour_skill,
            best_hours.display_name as best_hour_skill_name,
            reached_99s.first_99_skill,
            reached_99s.first_99s_text
        from reports
        left join levels_by_skill on reports.report_id = levels_by_skill.report_id
        left join best_hours on reports.report_id = best_hours.report_id
        left join reached_99s on reports.report_id = reached_99s.report_id
    )

select *
from ranked_skills
