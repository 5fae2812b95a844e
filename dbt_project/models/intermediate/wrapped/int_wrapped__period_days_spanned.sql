{{ config(materialized="table") }}

with
    player_days as (select * from {{ ref("fct_player_days") }} where ticks_count > 0),

    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    period_days_spanned as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            player_days.played_date
        from player_periods
        inner join
            player_days
            on player_periods.player_id = player_days.player_id
            and player_periods.profile_number = player_days.profile_number
            and player_days.played_date >= player_periods.start_date
            and player_days.played_date < player_periods.end_date
    )

select *
from period_days_spanned
