with
    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    player_settings as (select * from {{ ref("int_wrapped__player_settings_mapped") }}),

    player_zones as (select * from {{ ref("int_wrapped__player_zones") }}),

    zone_offsets as (select * from {{ ref("int_wrapped__zone_offsets") }}),

    excluded_ranges as (select * from {{ ref("stg_wrapped__excluded_ranges") }}),

    opted_out_players as (
        select player_id
        from player_settings
        where valid_to is null and is_opted_out
        group by player_id
    ),

    segments as (
        select
            name_segments.player_id,
            name_segments.user_key,
            coalesce(name_segments.valid_from, cast('1900-01-01' as timestamp)) as from_at,
            coalesce(name_segments.valid_to, cast('2999-12-31' as timestamp)) as to_at
        from name_segments
        left join opted_out_players on name_segments.player_id = opted_out_players.player_id
        where opted_out_players.player_id is null
    ),

    exclusions as (
        select
            segments.user_key,
            coalesce(excluded_ranges.from_at, cast('1900-01-01' as timestamp)) as from_at,
            coalesce(excluded_ranges.to_at, cast('2999-12-31' as timestamp)) as to_at
        from segments
        inner join
            excluded_ranges
            on segments.user_key = excluded_ranges.user_key
            or excluded_ranges.is_everybody
    ),

    -- Every instant at which the player, the zone, its offset or an exclusion may change.
    cuts as (
        select user_key, from_at as cut_at
        from segments
        union
        select segments.user_key, player_zones.valid_from as cut_at
        from segments
        inner join player_zones on segments.player_id = player_zones.player_id
        where player_zones.valid_from is not null
        union
        select segments.user_key, zone_offsets.valid_from as cut_at
        from segments
        inner join player_zones on segments.player_id = player_zones.player_id
        inner join zone_offsets on player_zones.time_zone = zone_offsets.time_zone
        union
        select user_key, from_at as cut_at
        from exclusions
        union
        select user_key, to_at as cut_at
        from exclusions
    ),

    spans as (
        select
            user_key,
            cut_at as from_at,
            coalesce(
                lead(cut_at) over (partition by user_key order by cut_at),
                cast('2999-12-31' as timestamp)
            ) as to_at
        from cuts
    ),

    included_spans as (
        select spans.user_key, spans.from_at, spans.to_at
        from spans
        left join
            exclusions
            on spans.user_key = exclusions.user_key
            and spans.from_at >= exclusions.from_at
            and spans.from_at < exclusions.to_at
        where exclusions.user_key is null
        group by spans.user_key, spans.from_at, spans.to_at
    ),

    zoned_spans as (
        select
            segments.player_id,
            included_spans.user_key,
            included_spans.from_at,
            included_spans.to_at,
            coalesce(player_zones.time_zone, 'UTC') as time_zone
        from included_spans
        inner join
            segments
            on included_spans.user_key = segments.user_key
            and included_spans.from_at >= segments.from_at
            and included_spans.from_at < segments.to_at
        left join
            player_zones
            on segments.player_id = player_zones.player_id
            and included_spans.from_at >= coalesce(player_zones.valid_from, included_spans.from_at)
            and (included_spans.from_at < player_zones.valid_to or player_zones.valid_to is null)
    ),

    name_spans as (
        select
            zoned_spans.player_id,
            zoned_spans.user_key,
            zoned_spans.from_at,
            zoned_spans.to_at,
            zoned_spans.time_zone,
            coalesce(zone_offsets.offset_minutes, 0) as offset_minutes
        from zoned_spans
        left join
            zone_offsets
            on zoned_spans.time_zone = zone_offsets.time_zone
            and zoned_spans.from_at >= zone_offsets.valid_from
            and (zoned_spans.from_at < zone_offsets.valid_to or zone_offsets.valid_to is null)
    )

select *
from name_spans
