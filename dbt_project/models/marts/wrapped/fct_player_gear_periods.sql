with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    gear_days as (select * from {{ ref("fct_player_gear_days") }}),

    player_gear_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            gear_days.slot_number,
            gear_days.item_id,
            cast(sum(gear_days.ticks_count) as bigint) as ticks_count,
            cast(
                sum(gear_days.ticks_count)
                * cast({{ var("wrapped_seconds_per_tick") }} as double)
                / 3600 as double
            ) as played_hours
        from periods
        inner join
            gear_days
            on periods.player_id = gear_days.player_id
            and periods.profile_number = gear_days.profile_number
            and periods.start_date <= gear_days.played_date
            and periods.end_date > gear_days.played_date
        group by
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            gear_days.slot_number,
            gear_days.item_id
    )

select *
from player_gear_periods
