with
    xp_gains as (select * from {{ ref("fct_xp_gains") }}),

    level_ups as (select * from {{ ref("fct_level_ups") }}),

    levels_by_day as (
        select
            player_id,
            profile_number,
            played_date,
            skill,
            count(*) filter (where kind = 'level') as levels_gained_count,
            count(*) filter (where kind = 'virtual') as virtual_levels_gained_count
        from level_ups
        group by player_id, profile_number, played_date, skill
    ),

    gains_by_day as (
        select
            player_id,
            profile_number,
            played_date,
            skill,
            cast(sum(gained_xp) as bigint) as gained_xp,
            cast(
                sum(case when gain_kind = 'tracked' then gained_xp else 0 end) as bigint
            ) as tracked_xp,
            cast(
                sum(case when gain_kind = 'untracked' then gained_xp else 0 end) as bigint
            ) as untracked_xp,
            cast(sum(case when is_drop then gained_xp else 0 end) as bigint) as dropped_xp,
            count(*) filter (where is_drop) as drops_count,
            coalesce({{ sum_of_seconds("active_seconds") }}, cast(0 as double)) as active_seconds
        from xp_gains
        where gain_kind <> 'baseline'
        group by player_id, profile_number, played_date, skill
    ),

    fct_player_skill_days as (
        select
            gains_by_day.player_id,
            gains_by_day.profile_number,
            gains_by_day.played_date,
            gains_by_day.skill,
            gains_by_day.gained_xp,
            gains_by_day.tracked_xp,
            gains_by_day.untracked_xp,
            gains_by_day.dropped_xp,
            gains_by_day.drops_count,
            gains_by_day.active_seconds,
            coalesce(levels_by_day.levels_gained_count, 0) as levels_gained_count,
            coalesce(levels_by_day.virtual_levels_gained_count, 0) as virtual_levels_gained_count
        from gains_by_day
        left join
            levels_by_day
            on gains_by_day.player_id = levels_by_day.player_id
            and gains_by_day.profile_number = levels_by_day.profile_number
            and gains_by_day.played_date = levels_by_day.played_date
            and gains_by_day.skill = levels_by_day.skill
    )

select *
from fct_player_skill_days
