with
    player_periods as (select * from {{ ref("fct_player_periods") }}),

    players as (select * from {{ ref("dim_players") }}),

    periods as (select * from {{ ref("dim_periods") }}),

    reports as (
        select
            players.user_key || '|' || periods.period_id as report_id,
            players.player_id,
            player_periods.profile_number,
            periods.period_id,
            players.user_key,
            players.username,
            players.visibility,
            periods.period_kind,
            periods.label as period_label,
            periods.start_date,
            periods.end_date,
            coalesce(player_periods.time_zone, players.time_zone) as time_zone,
            periods.period_kind in ('all', 'year')
            or coalesce(
                {{ days_between("periods.start_date", "periods.end_date") }} >= 365, false
            ) as is_long_period,
            player_periods.ticks_count,
            player_periods.played_hours
        from player_periods
        inner join
            players
            on player_periods.player_id = players.player_id
            and player_periods.profile_number = players.main_profile_number
        inner join periods on player_periods.period_id = periods.period_id
        where players.owns_user_key and not players.is_opted_out
    )

select *
from reports
