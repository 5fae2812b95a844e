{{ config(materialized="table") }}

with
    players as (select * from {{ ref("dim_players") }} where not is_opted_out),

    player_zones as (select * from {{ ref("int_wrapped__player_zones") }}),

    zone_offsets as (select * from {{ ref("int_wrapped__zone_offsets") }}),

    instants as (
        select player_id, 'first event' as subject, first_event_at as instant
        from players
        union all
        select player_id, 'last event' as subject, last_event_at as instant
        from players
        union all
        select player_id, 'data through' as subject, data_through_at as instant
        from players
    ),

    zoned_instants as (
        select
            instants.player_id,
            instants.subject,
            instants.instant,
            coalesce(player_zones.time_zone, 'UTC') as time_zone
        from instants
        left join
            player_zones
            on instants.player_id = player_zones.player_id
            and instants.instant >= coalesce(player_zones.valid_from, instants.instant)
            and (instants.instant < player_zones.valid_to or player_zones.valid_to is null)
    ),

    local_dates as (
        select
            zoned_instants.player_id,
            zoned_instants.subject,
            cast(
                {{
                    add_minutes(
                        "zoned_instants.instant", "coalesce(zone_offsets.offset_minutes, 0)"
                    )
                }} as date
            ) as local_date
        from zoned_instants
        left join
            zone_offsets
            on zoned_instants.time_zone = zone_offsets.time_zone
            and zoned_instants.instant >= zone_offsets.valid_from
            and (zoned_instants.instant < zone_offsets.valid_to or zone_offsets.valid_to is null)
        where zoned_instants.instant is not null
    ),

    player_dates as (
        select
            player_id,
            max(case when subject = 'first event' then local_date end) as first_data_date,
            max(case when subject = 'last event' then local_date end) as last_event_date,
            max(case when subject = 'data through' then local_date end) as data_through_date
        from local_dates
        group by player_id
    ),

    player_data_localized as (
        select
            players.player_id,
            coalesce(players.main_profile_number, 1) as main_profile_number,
            players.time_zone,
            players.first_event_at,
            players.data_through_at,
            player_dates.first_data_date,
            coalesce(
                player_dates.data_through_date, player_dates.last_event_date
            ) as data_through_date,
            greatest(
                coalesce(player_dates.data_through_date, player_dates.last_event_date),
                coalesce(player_dates.last_event_date, player_dates.data_through_date)
            ) as data_end_date
        from players
        left join player_dates on players.player_id = player_dates.player_id
    )

select *
from player_data_localized
