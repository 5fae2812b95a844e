with
    drops as (select * from {{ ref("int_wrapped__xp_drops_dated") }}),

    hours as (
        select
            player_id,
            profile_number,
            period_id,
            skill,
            gained_at,
            event_ms,
            sum(gained_xp) over (
                partition by player_id, profile_number, period_id, skill
                order by
                    event_ms
                    range between {{ var("wrapped_best_hour_ms") - 1 }} preceding and current row
            ) as hour_xp
        from drops
    ),

    best_hours as (
        select
            player_id,
            profile_number,
            period_id,
            skill,
            cast(hour_xp as bigint) as best_hour_xp,
            gained_at as best_hour_ended_at
        from hours
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id, skill
                order by hour_xp desc, event_ms
            )
            = 1
    ),

    drop_sizes as (
        select
            player_id,
            profile_number,
            period_id,
            skill,
            gained_xp as common_drop_xp,
            count(*) as common_drop_count
        from drops
        group by player_id, profile_number, period_id, skill, gained_xp
    ),

    common_drops as (
        select player_id, profile_number, period_id, skill, common_drop_xp, common_drop_count
        from drop_sizes
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id, skill
                order by common_drop_count desc, common_drop_xp desc
            )
            = 1
    ),

    skill_drops_summarized as (
        select
            best_hours.player_id,
            best_hours.profile_number,
            best_hours.period_id,
            best_hours.skill,
            best_hours.best_hour_xp,
            best_hours.best_hour_ended_at,
            common_drops.common_drop_xp,
            common_drops.common_drop_count
        from best_hours
        inner join
            common_drops
            on best_hours.player_id = common_drops.player_id
            and best_hours.profile_number = common_drops.profile_number
            and best_hours.period_id = common_drops.period_id
            and best_hours.skill = common_drops.skill
    )

select *
from skill_drops_summarized
