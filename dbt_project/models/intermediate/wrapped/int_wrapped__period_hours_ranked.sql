{{ config(materialized="table") }}

with
    hour_periods as (select * from {{ ref("fct_player_hour_periods") }}),

    hours as (
        select player_id, profile_number, period_id, local_hour, sum(ticks_count) as ticks_count
        from hour_periods
        group by player_id, profile_number, period_id, local_hour
    ),

    ranked_hours as (
        select
            *,
            row_number() over (
                partition by player_id, profile_number, period_id
                order by ticks_count desc, local_hour
            ) as hour_rank
        from hours
    ),

    hour_shares as (
        select
            player_id,
            profile_number,
            period_id,
            sum(ticks_count) as ticks_count,
            max(case when hour_rank = 1 then local_hour end) as peak_hour,
            cast(sum(case when local_hour < 5 then ticks_count else 0 end) as double)
            / sum(ticks_count) as night_share,
            cast(sum(case when local_hour between 5 and 7 then ticks_count else 0 end) as double)
            / sum(ticks_count) as morning_share
        from ranked_hours
        group by player_id, profile_number, period_id
    ),

    -- Too few ticks say nothing about habits.
    period_hours_ranked as (
        select
            player_id,
            profile_number,
            period_id,
            peak_hour,
            case
                when
                    night_share >= {{ var("wrapped_chronotype_min_share") }}
                    and night_share >= morning_share
                then 'night_owl'
                when morning_share >= {{ var("wrapped_chronotype_min_share") }}
                then 'early_bird'
                else 'daytime'
            end as chronotype
        from hour_shares
        where ticks_count >= {{ var("wrapped_chronotype_min_ticks") }}
    )

select *
from period_hours_ranked
