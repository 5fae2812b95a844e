with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    outfit_days as (select * from {{ ref("fct_player_outfit_days") }}),

    player_outfit_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            outfit_days.outfit_id,
            cast(sum(outfit_days.ticks_count) as bigint) as ticks_count,
            cast(
                sum(outfit_days.ticks_count)
                * cast({{ var("wrapped_seconds_per_tick") }} as double)
                / 3600 as double
            ) as played_hours
        from periods
        inner join
            outfit_days
            on periods.player_id = outfit_days.player_id
            and periods.profile_number = outfit_days.profile_number
            and periods.start_date <= outfit_days.played_date
            and periods.end_date > outfit_days.played_date
        group by periods.player_id, periods.profile_number, periods.period_id, outfit_days.outfit_id
    )

select *
from player_outfit_periods
