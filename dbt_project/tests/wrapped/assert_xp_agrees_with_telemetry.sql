with
    skill_periods as (select * from {{ ref("fct_player_skill_periods") }}),

    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    stat_changes as (select * from {{ ref("int_wrapped__stat_changes_segmented") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    highest_by_day as (
        select
            stat_changes.player_id,
            session_profiles.profile_number,
            stat_changes.skill,
            stat_changes.played_date,
            max(stat_changes.xp) as xp
        from stat_changes
        inner join
            session_profiles
            on stat_changes.player_id = session_profiles.player_id
            and stat_changes.session_id = session_profiles.session_id
            and stat_changes.segment_number = session_profiles.segment_number
        group by
            stat_changes.player_id,
            session_profiles.profile_number,
            stat_changes.skill,
            stat_changes.played_date
    ),

    highest_by_period as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            highest_by_day.skill,
            max(highest_by_day.xp) as xp_until_end,
            max(
                case when highest_by_day.played_date < periods.start_date then highest_by_day.xp end
            ) as xp_until_start
        from periods
        inner join
            highest_by_day
            on periods.player_id = highest_by_day.player_id
            and periods.profile_number = highest_by_day.profile_number
            and periods.end_date > highest_by_day.played_date
        group by periods.player_id, periods.profile_number, periods.period_id, highest_by_day.skill
    )

select
    skill_periods.player_id,
    skill_periods.profile_number,
    skill_periods.period_id,
    skill_periods.skill,
    skill_periods.start_xp,
    highest_by_period.xp_until_start,
    skill_periods.end_xp,
    highest_by_period.xp_until_end
from skill_periods
left join
    highest_by_period
    on skill_periods.player_id = highest_by_period.player_id
    and skill_periods.profile_number = highest_by_period.profile_number
    and skill_periods.period_id = highest_by_period.period_id
    and skill_periods.skill = highest_by_period.skill
where
    coalesce(skill_periods.end_xp, 0) <> coalesce(highest_by_period.xp_until_end, 0)
    or skill_periods.start_xp <> highest_by_period.xp_until_start
