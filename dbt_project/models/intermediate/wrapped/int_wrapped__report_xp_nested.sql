with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    xp_periods as (select * from {{ ref("fct_player_xp_periods") }}),

    skill_periods as (select * from {{ ref("fct_player_skill_periods") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    skill_lists as (
        select
            reports.report_id,
            {{
                ordered_list(
                    object_of(
                        "skill_periods",
                        [
                            "skill",
                            "gained_xp",
                            "tracked_xp",
                            "untracked_xp",
                            "start_xp",
                            "end_xp",
                            "levels_gained_count",
                            "virtual_levels_gained_count",
                            "active_seconds",
                            "dropped_xp",
                            "xp_per_hour",
                            "best_hour_xp",
                            "best_hour_ended_at",
                            "common_drop_xp",
                            "common_drop_count",
                            "is_top_skill",
                        ],
                    ),
                    ["skills.skill_number"],
                )
            }} as skills
        from reports
        inner join
            skill_periods
            on reports.player_id = skill_periods.player_id
            and reports.profile_number = skill_periods.profile_number
            and reports.period_id = skill_periods.period_id
        inner join skills on skill_periods.skill = skills.skill
        group by reports.report_id
    ),

    report_xp as (
        select
            reports.report_id,
            {{
                object_of(
                    "xp_periods",
                    [
                        "gained_xp",
                        "tracked_xp",
                        "untracked_xp",
                        "start_xp",
                        "end_xp",
                        "levels_gained_count",
                        "virtual_levels_gained_count",
                        "new_99s_count",
                        "new_200m_count",
                        "active_seconds",
                        "dropped_xp",
                        "xp_per_hour",
                        "favourite_skill",
                        "favourite_skill_without_hitpoints",
                        "favourite_skill_by_time",
                        "neglected_skill",
                        "best_hour_xp",
                        "best_hour_ended_at",
                        "biggest_drop_xp",
                        "biggest_drop_skill",
                        "biggest_drop_at",
                        "start_combat_level",
                        "end_combat_level",
                    ],
                )
            }} as xp,
            {{ list_or_empty("skill_lists.skills") }} as skills
        from reports
        inner join
            xp_periods
            on reports.player_id = xp_periods.player_id
            and reports.profile_number = xp_periods.profile_number
            and reports.period_id = xp_periods.period_id
        left join skill_lists on reports.report_id = skill_lists.report_id
    )

select *
from report_xp
