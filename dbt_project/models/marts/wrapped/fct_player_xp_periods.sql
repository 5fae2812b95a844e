with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    skill_periods as (select * from {{ ref("fct_player_skill_periods") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    level_ups as (select * from {{ ref("fct_level_ups") }}),

    drops as (select * from {{ ref("int_wrapped__player_drops_summarized") }}),

    combat_levels as (select * from {{ ref("int_wrapped__combat_levels_derived") }}),

    ranked_skills as (
        select
            skill_periods.player_id,
            skill_periods.profile_number,
            skill_periods.period_id,
            skill_periods.skill,
            skill_periods.gained_xp,
            skill_periods.active_seconds,
            row_number() over (
                partition by
                    skill_periods.player_id, skill_periods.profile_number, skill_periods.period_id
                order by skill_periods.gained_xp desc, skills.display_name
            ) as xp_rank,
            row_number() over (
                partition by
                    skill_periods.player_id,
                    skill_periods.profile_number,
                    skill_periods.period_id,
                    skill_periods.skill = 'HITPOINTS'
                order by skill_periods.gained_xp desc, skills.display_name
            ) as xp_rank_in_group,
            row_number() over (
                partition by
                    skill_periods.player_id, skill_periods.profile_number, skill_periods.period_id
                order by skill_periods.active_seconds desc, skills.display_name
            ) as time_rank
        from skill_periods
        inner join skills on skill_periods.skill = skills.skill
    ),

    favourites as (
        select
            ranked_skills.player_id,
            ranked_skills.profile_number,
            ranked_skills.period_id,
            max(ranked_skills.skill) filter (
                where ranked_skills.xp_rank = 1 and ranked_skills.gained_xp > 0
            ) as favourite_skill,
            max(ranked_skills.skill) filter (
                where
                    ranked_skills.xp_rank_in_group = 1
                    and ranked_skills.skill <> 'HITPOINTS'
                    and ranked_skills.gained_xp > 0
            ) as favourite_skill_without_hitpoints,
            max(ranked_skills.skill) filter (
                where ranked_skills.time_rank = 1 and ranked_skills.active_seconds > 0
            ) as favourite_skill_by_time
        from ranked_skills
        group by ranked_skills.player_id, ranked_skills.profile_number, ranked_skills.period_id
    ),

    neglected_skills as (
        select
            skill_periods.player_id,
            skill_periods.profile_number,
            skill_periods.period_id,
            skill_periods.skill as neglected_skill
        from skill_periods
        inner join skills on skill_periods.skill = skills.skill
        where skill_periods.gained_xp = 0 and skill_periods.end_xp is not null
        qualify
            row_number() over (
                partition by
                    skill_periods.player_id, skill_periods.profile_number, skill_periods.period_id
                order by skill_periods.end_xp, skills.display_name
            )
            = 1
    ),

    totals as (
        select
            player_id,
            profile_number,
            period_id,
            cast(sum(gained_xp) as bigint) as gained_xp,
            cast(sum(tracked_xp) as bigint) as tracked_xp,
            cast(sum(untracked_xp) as bigint) as untracked_xp,
            cast(sum(start_xp) as bigint) as start_xp,
            cast(sum(end_xp) as bigint) as end_xp,
            cast(sum(levels_gained_count) as bigint) as levels_gained_count,
            cast(sum(virtual_levels_gained_count) as bigint) as virtual_levels_gained_count,
            cast(sum(dropped_xp) as bigint) as dropped_xp,
            {{ sum_of_seconds("active_seconds") }} as active_seconds
        from skill_periods
        group by player_id, profile_number, period_id
    ),

    milestones as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            count(*) filter (
                where level_ups.kind = 'level' and level_ups.level = 99
            ) as new_99s_count,
            count(*) filter (where level_ups.kind = 'xp_200m') as new_200m_count
        from periods
        inner join
            level_ups
            on periods.player_id = level_ups.player_id
            and periods.profile_number = level_ups.profile_number
            and periods.start_date <= level_ups.played_date
            and periods.end_date > level_ups.played_date
        group by periods.player_id, periods.profile_number, periods.period_id
    ),

    fct_player_xp_periods as (
        select
            totals.player_id,
            totals.profile_number,
            totals.period_id,
            totals.gained_xp,
            totals.tracked_xp,
            totals.untracked_xp,
            totals.start_xp,
            totals.end_xp,
            totals.levels_gained_count,
            totals.virtual_levels_gained_count,
            coalesce(milestones.new_99s_count, 0) as new_99s_count,
            coalesce(milestones.new_200m_count, 0) as new_200m_count,
            totals.active_seconds,
            totals.dropped_xp,
            case
                when totals.active_seconds >= {{ var("wrapped_xp_rate_min_seconds") }}
                then cast(totals.dropped_xp as double) * 3600 / totals.active_seconds
            end as xp_per_hour,
            favourites.favourite_skill,
            favourites.favourite_skill_without_hitpoints,
            favourites.favourite_skill_by_time,
            neglected_skills.neglected_skill,
            drops.best_hour_xp,
            drops.best_hour_ended_at,
            drops.biggest_drop_xp,
            drops.biggest_drop_skill,
            drops.biggest_drop_at,
            combat_levels.start_combat_level,
            combat_levels.end_combat_level
        from totals
        left join
            favourites
            on totals.player_id = favourites.player_id
            and totals.profile_number = favourites.profile_number
            and totals.period_id = favourites.period_id
        left join
            neglected_skills
            on totals.player_id = neglected_skills.player_id
            and totals.profile_number = neglected_skills.profile_number
            and totals.period_id = neglected_skills.period_id
        left join
            milestones
            on totals.player_id = milestones.player_id
            and totals.profile_number = milestones.profile_number
            and totals.period_id = milestones.period_id
        left join
            drops
            on totals.player_id = drops.player_id
            and totals.profile_number = drops.profile_number
            and totals.period_id = drops.period_id
        left join
            combat_levels
            on totals.player_id = combat_levels.player_id
            and totals.profile_number = combat_levels.profile_number
            and totals.period_id = combat_levels.period_id
    )

select *
from fct_player_xp_periods
