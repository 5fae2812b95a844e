{{ config(materialized="table") }}

with
    player_periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    player_data as (select * from {{ ref("int_wrapped__player_data_localized") }}),

    player_zones as (select * from {{ ref("int_wrapped__player_zones") }}),

    zone_offsets as (select * from {{ ref("int_wrapped__zone_offsets") }}),

    flawed_row_days as (select * from {{ ref("int_wrapped__flawed_row_days_counted") }}),

    duplicate_row_days as (select * from {{ ref("int_wrapped__duplicate_row_days_counted") }}),

    xp_gains as (select * from {{ ref("fct_xp_gains") }} where gained_xp > 0),

    player_days as (select * from {{ ref("fct_player_days") }} where ticks_count > 0),

    flawed_rows as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            cast(sum(flawed_row_days.rejected_rows_count) as bigint) as rejected_rows_count,
            cast(sum(flawed_row_days.degraded_rows_count) as bigint) as degraded_rows_count
        from player_periods
        inner join
            flawed_row_days
            on player_periods.player_id = flawed_row_days.player_id
            and flawed_row_days.dated_on >= player_periods.start_date
            and flawed_row_days.dated_on < player_periods.end_date
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    duplicate_rows as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            cast(sum(duplicate_row_days.duplicate_rows_count) as bigint) as duplicate_rows_count
        from player_periods
        inner join
            duplicate_row_days
            on player_periods.player_id = duplicate_row_days.player_id
            and duplicate_row_days.played_date >= player_periods.start_date
            and duplicate_row_days.played_date < player_periods.end_date
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    profiles_seen as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            count(distinct player_days.profile_number) as profiles_count
        from player_periods
        inner join
            player_days
            on player_periods.player_id = player_days.player_id
            and player_days.played_date >= player_periods.start_date
            and player_days.played_date < player_periods.end_date
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    gain_days as (
        select
            player_id,
            profile_number,
            played_date,
            cast(sum(gained_xp) as bigint) as gained_xp,
            cast(
                sum(case when gain_kind = 'untracked' then gained_xp else 0 end) as bigint
            ) as untracked_xp
        from xp_gains
        group by player_id, profile_number, played_date
    ),

    gains as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            cast(sum(gain_days.untracked_xp) as double)
            / nullif(sum(gain_days.gained_xp), 0) as untracked_xp_share
        from player_periods
        inner join
            gain_days
            on player_periods.player_id = gain_days.player_id
            and player_periods.profile_number = gain_days.profile_number
            and gain_days.played_date >= player_periods.start_date
            and gain_days.played_date < player_periods.end_date
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    -- Local midnight may come twice or not at all when the clocks change: the later counts.
    period_ends as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            max(
                {{
                    add_minutes(
                        "cast(player_periods.end_date as timestamp)",
                        "-zone_offsets.offset_minutes",
                    )
                }}
            ) as ended_at
        from player_periods
        inner join player_zones on player_periods.player_id = player_zones.player_id
        inner join
            zone_offsets
            on player_zones.time_zone = zone_offsets.time_zone
            and {{
                add_minutes(
                    "cast(player_periods.end_date as timestamp)", "-zone_offsets.offset_minutes"
                )
            }} >= zone_offsets.valid_from
            and (
                {{
                    add_minutes(
                        "cast(player_periods.end_date as timestamp)",
                        "-zone_offsets.offset_minutes",
                    )
                }} < zone_offsets.valid_to or zone_offsets.valid_to is null
            )
        where
            player_periods.period_kind <> 'all'
            and {{
                add_minutes(
                    "cast(player_periods.end_date as timestamp)", "-zone_offsets.offset_minutes"
                )
            }} >= coalesce(
                player_zones.valid_from,
                {{
                    add_minutes(
                        "cast(player_periods.end_date as timestamp)",
                        "-zone_offsets.offset_minutes",
                    )
                }}
            )
            and (
                {{
                    add_minutes(
                        "cast(player_periods.end_date as timestamp)",
                        "-zone_offsets.offset_minutes",
                    )
                }} < player_zones.valid_to or player_zones.valid_to is null
            )
        group by player_periods.player_id, player_periods.profile_number, player_periods.period_id
    ),

    period_rows_checked as (
        select
            player_periods.player_id,
            player_periods.profile_number,
            player_periods.period_id,
            gains.untracked_xp_share,
            player_data.first_event_at as first_data_at,
            coalesce(flawed_rows.rejected_rows_count, 0) as rejected_rows_count,
            coalesce(flawed_rows.degraded_rows_count, 0) as degraded_rows_count,
            coalesce(duplicate_rows.duplicate_rows_count, 0) as duplicate_rows_count,
            coalesce(profiles_seen.profiles_count, 0) as profiles_count,
            player_data.time_zone as current_time_zone,
            player_data.data_through_at,
            player_periods.period_kind <> 'all'
            and coalesce(
                player_data.data_through_at
                >= coalesce(period_ends.ended_at, cast(player_periods.end_date as timestamp))
                + interval '{{ var("wrapped_lookback_days") }} days',
                false
            ) as is_complete
        from player_periods
        inner join player_data on player_periods.player_id = player_data.player_id
        left join
            flawed_rows
            on player_periods.player_id = flawed_rows.player_id
            and player_periods.profile_number = flawed_rows.profile_number
            and player_periods.period_id = flawed_rows.period_id
        left join
            duplicate_rows
            on player_periods.player_id = duplicate_rows.player_id
            and player_periods.profile_number = duplicate_rows.profile_number
            and player_periods.period_id = duplicate_rows.period_id
        left join
            profiles_seen
            on player_periods.player_id = profiles_seen.player_id
            and player_periods.profile_number = profiles_seen.profile_number
            and player_periods.period_id = profiles_seen.period_id
        left join
            gains
            on player_periods.player_id = gains.player_id
            and player_periods.profile_number = gains.profile_number
            and player_periods.period_id = gains.period_id
        left join
            period_ends
            on player_periods.player_id = period_ends.player_id
            and player_periods.profile_number = period_ends.profile_number
            and player_periods.period_id = period_ends.period_id
    )

select *
from period_rows_checked
