with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    skill_days as (select * from {{ ref("fct_player_skill_days") }}),

    xp_gains as (select * from {{ ref("fct_xp_gains") }}),

    drops as (select * from {{ ref("int_wrapped__skill_drops_summarized") }}),

    baselines as (
        select player_id, profile_number, skill, xp as baseline_xp, played_date
        from xp_gains
        where gain_kind = 'baseline'
    ),

    sums as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            skill_days.skill,
            sum(skill_days.gained_xp) filter (
                where skill_days.played_date < periods.start_date
            ) as earlier_xp,
            sum(skill_days.gained_xp) filter (
                where skill_days.played_date >= periods.start_date
            ) as gained_xp,
            sum(skill_days.tracked_xp) filter (
                where skill_days.played_date >= periods.start_date
            ) as tracked_xp,
            sum(skill_days.untracked_xp) filter (
                where skill_days.played_date >= periods.start_date
            ) as untracked_xp,
            sum(skill_days.dropped_xp) filter (
                where skill_days.played_date >= periods.start_date
            ) as dropped_xp,
            {{
                sum_of_seconds(
                    "skill_days.active_seconds", "skill_days.played_date >= periods.start_date"
                )
            }} as active_seconds,
            sum(skill_days.levels_gained_count) filter (
                where skill_days.played_date >= periods.start_date
            ) as levels_gained_count,
            sum(skill_days.virtual_levels_gained_count) filter (
                where skill_days.played_date >= periods.start_date
            ) as virtual_levels_gained_count
        from periods
        inner join
            skill_days
            on periods.player_id = skill_days.player_id
            and periods.profile_number = skill_days.profile_number
            and periods.end_date > skill_days.played_date
        group by periods.player_id, periods.profile_number, periods.period_id, skill_days.skill
    ),

    skill_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            skills.skill,
            skills.display_name,
            coalesce(sums.gained_xp, 0) as gained_xp,
            coalesce(sums.tracked_xp, 0) as tracked_xp,
            coalesce(sums.untracked_xp, 0) as untracked_xp,
            coalesce(sums.dropped_xp, 0) as dropped_xp,
            case
                when baselines.played_date < periods.end_date or sums.skill is not null
                then baselines.baseline_xp + coalesce(sums.earlier_xp, 0)
            end as start_xp,
            coalesce(sums.levels_gained_count, 0) as levels_gained_count,
            coalesce(sums.virtual_levels_gained_count, 0) as virtual_levels_gained_count,
            coalesce(sums.active_seconds, cast(0 as double)) as active_seconds,
            drops.best_hour_xp,
            drops.best_hour_ended_at,
            drops.common_drop_xp,
            coalesce(drops.common_drop_count, 0) as common_drop_count
        from periods
        cross join skills
        left join
            sums
            on periods.player_id = sums.player_id
            and periods.profile_number = sums.profile_number
            and periods.period_id = sums.period_id
            and skills.skill = sums.skill
        left join
            baselines
            on periods.player_id = baselines.player_id
            and periods.profile_number = baselines.profile_number
            and skills.skill = baselines.skill
        left join
            drops
            on periods.player_id = drops.player_id
            and periods.profile_number = drops.profile_number
            and periods.period_id = drops.period_id
            and skills.skill = drops.skill
    ),

    fct_player_skill_periods as (
        select
            player_id,
            profile_number,
            period_id,
            skill,
            cast(gained_xp as bigint) as gained_xp,
            cast(tracked_xp as bigint) as tracked_xp,
            cast(untracked_xp as bigint) as untracked_xp,
            cast(start_xp as bigint) as start_xp,
            cast(start_xp + gained_xp as bigint) as end_xp,
            cast(levels_gained_count as bigint) as levels_gained_count,
            cast(virtual_levels_gained_count as bigint) as virtual_levels_gained_count,
            active_seconds,
            cast(dropped_xp as bigint) as dropped_xp,
            case
                when active_seconds >= {{ var("wrapped_xp_rate_min_seconds") }}
                then cast(dropped_xp as double) * 3600 / active_seconds
            end as xp_per_hour,
            best_hour_xp,
            best_hour_ended_at,
            common_drop_xp,
            common_drop_count,
            gained_xp > 0
            and row_number() over (
                partition by player_id, profile_number, period_id
                order by gained_xp desc, display_name
            )
            = 1 as is_top_skill
        from skill_periods
    )

select *
from fct_player_skill_periods
