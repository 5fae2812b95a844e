with
    drops as (select * from {{ ref("int_wrapped__xp_drops_dated") }}),

    hours as (
        select
            player_id,
            profile_number,
            period_id,
            gained_at,
            event_ms,
            sum(gained_xp) over (
                partition by player_id, profile_number, period_id
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
            cast(hour_xp as bigint) as best_hour_xp,
            gained_at as best_hour_ended_at
        from hours
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id order by hour_xp desc, event_ms
            )
            = 1
    ),

    -- Two skills can gain the same at once; the skill's name settles it.
    biggest_drops as (
        select
            player_id,
            profile_number,
            period_id,
            gained_xp as biggest_drop_xp,
            skill as biggest_drop_skill,
            gained_at as biggest_drop_at
        from drops
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id
                order by gained_xp desc, event_ms, skill
            )
            = 1
    ),

    player_drops_summarized as (
        select
            best_hours.player_id,
            best_hours.profile_number,
            best_hours.period_id,
            best_hours.best_hour_xp,
            best_hours.best_hour_ended_at,
            biggest_drops.biggest_drop_xp,
            biggest_drops.biggest_drop_skill,
            biggest_drops.biggest_drop_at
        from best_hours
        inner join
            biggest_drops
            on best_hours.player_id = biggest_drops.player_id
            and best_hours.profile_number = biggest_drops.profile_number
            and best_hours.period_id = biggest_drops.period_id
    )

select *
from player_drops_summarized
