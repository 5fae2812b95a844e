with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    player_periods as (select * from {{ ref("fct_player_periods") }}),

    xp_periods as (select * from {{ ref("fct_player_xp_periods") }}),

    loot_periods as (select * from {{ ref("fct_player_loot_periods") }}),

    zone_offsets as (select * from {{ ref("int_wrapped__zone_offsets") }}),

    moments as (
        select
            player_id,
            profile_number,
            period_id,
            'longest_session' as stat_id,
            longest_session_started_at as moment_at
        from player_periods
        union all
        select player_id, profile_number, period_id, 'comeback' as stat_id, comeback_at as moment_at
        from player_periods
        union all
        select
            player_id, profile_number, period_id, 'quality' as stat_id, data_through_at as moment_at
        from player_periods
        union all
        select
            player_id,
            profile_number,
            period_id,
            'best_hour' as stat_id,
            best_hour_ended_at as moment_at
        from xp_periods
        union all
        select
            player_id,
            profile_number,
            period_id,
            'biggest_xp_drop' as stat_id,
            biggest_drop_at as moment_at
        from xp_periods
        union all
        select
            player_id, profile_number, period_id, 'best_drop' as stat_id, best_drop_at as moment_at
        from loot_periods
    ),

    localised_moments as (
        select
            reports.report_id,
            moments.stat_id,
            cast(
                {{
                    add_minutes(
                        "moments.moment_at",
                        "cast(coalesce(zone_offsets.offset_minutes, 0) as integer)",
                    )
                }} as date
            ) as moment_date
        from reports
        inner join
            moments
            on reports.player_id = moments.player_id
            and reports.profile_number = moments.profile_number
            and reports.period_id = moments.period_id
        left join
            zone_offsets
            on reports.time_zone = zone_offsets.time_zone
            and moments.moment_at >= zone_offsets.valid_from
            and (zone_offsets.valid_to is null or moments.moment_at < zone_offsets.valid_to)
        where moments.moment_at is not null
    )

select *
from localised_moments
