with
    player_zones as (select * from {{ ref("int_wrapped__player_zones") }}),

    time_zones as (
        select time_zone
        from player_zones
        union
        select 'UTC' as time_zone
    ),

    days as (
        select cast(day as timestamp) as day_start
        from
            {{
                date_series(
                    add_days("cast('" ~ var("wrapped_first_event_date") ~ "' as date)", -1),
                    add_days("current_date", 1096),
                )
            }}
    ),

    zone_days as (
        select
            time_zones.time_zone,
            days.day_start,
            {{ utc_offset_minutes("days.day_start", "time_zones.time_zone") }} as offset_minutes
        from time_zones
        cross join days
    ),

    zone_day_ends as (
        select
            time_zone,
            day_start,
            offset_minutes,
            lead(offset_minutes) over (
                partition by time_zone order by day_start
            ) as next_offset_minutes
        from zone_days
    ),

    -- Zones change at full quarters of an hour; only days with a change are looked at so closely.
    quarters as (
        select
            zone_day_ends.time_zone,
            {{ add_minutes("zone_day_ends.day_start", "15 * quarter_numbers.number") }}
            as quarter_start
        from zone_day_ends
        cross join {{ integer_series(1, 96) }} as quarter_numbers
        where zone_day_ends.offset_minutes <> zone_day_ends.next_offset_minutes
    ),

    instants as (
        select time_zone, day_start as instant, offset_minutes
        from zone_days
        union
        select
            time_zone,
            quarter_start as instant,
            {{ utc_offset_minutes("quarter_start", "time_zone") }} as offset_minutes
        from quarters
    ),

    changes as (
        select
            time_zone,
            instant,
            offset_minutes,
            lag(offset_minutes) over (
                partition by time_zone order by instant
            ) as previous_offset_minutes
        from instants
    ),

    zone_offsets as (
        select
            time_zone,
            instant as valid_from,
            lead(instant) over (partition by time_zone order by instant) as valid_to,
            offset_minutes
        from changes
        where offset_minutes is distinct from previous_offset_minutes
    )

select *
from zone_offsets
