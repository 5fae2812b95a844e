with
    hour_days as (select * from {{ ref("fct_player_hour_days") }}),

    period_days as (select * from {{ ref("int_wrapped__period_days_spanned") }}),

    player_hour_periods as (
        select
            period_days.player_id,
            period_days.profile_number,
            period_days.period_id,
            {{ iso_weekday("period_days.played_date") }} as iso_weekday,
            hour_days.local_hour,
            cast(sum(hour_days.ticks_count) as bigint) as ticks_count
        from period_days
        inner join
            hour_days
            on period_days.player_id = hour_days.player_id
            and period_days.profile_number = hour_days.profile_number
            and period_days.played_date = hour_days.played_date
        group by
            period_days.player_id,
            period_days.profile_number,
            period_days.period_id,
            {{ iso_weekday("period_days.played_date") }},
            hour_days.local_hour
    )

select *
from player_hour_periods
