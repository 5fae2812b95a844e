{{ config(materialized="table") }}

with
    player_data as (select * from {{ ref("int_wrapped__player_data_localized") }}),

    periods as (select * from {{ ref("dim_periods") }}),

    player_days as (select * from {{ ref("fct_player_days") }} where ticks_count > 0),

    bounded_periods as (
        select
            period_id,
            period_kind,
            coalesce(start_date, cast('1900-01-01' as date)) as start_date,
            coalesce(end_date, cast('2999-12-31' as date)) as end_date
        from periods
    ),

    main_periods as (
        select
            player_data.player_id,
            player_data.main_profile_number as profile_number,
            bounded_periods.period_id,
            bounded_periods.period_kind,
            bounded_periods.start_date,
            bounded_periods.end_date,
            true as is_main
        from player_data
        inner join
            bounded_periods
            on bounded_periods.period_kind = 'all'
            or (
                bounded_periods.start_date <= player_data.data_end_date
                and bounded_periods.end_date > player_data.first_data_date
            )
    ),

    -- Other worlds of a player are not reported, so only where there is something.
    other_periods as (
        select
            player_days.player_id,
            player_days.profile_number,
            bounded_periods.period_id,
            bounded_periods.period_kind,
            bounded_periods.start_date,
            bounded_periods.end_date,
            false as is_main
        from player_days
        inner join player_data on player_days.player_id = player_data.player_id
        inner join
            bounded_periods
            on player_days.played_date >= bounded_periods.start_date
            and player_days.played_date < bounded_periods.end_date
        where player_days.profile_number <> player_data.main_profile_number
        group by
            player_days.player_id,
            player_days.profile_number,
            bounded_periods.period_id,
            bounded_periods.period_kind,
            bounded_periods.start_date,
            bounded_periods.end_date
    ),

    player_periods_spanned as (
        select player_id, profile_number, period_id, period_kind, start_date, end_date, is_main
        from main_periods
        union all
        select player_id, profile_number, period_id, period_kind, start_date, end_date, is_main
        from other_periods
    )

select *
from player_periods_spanned
