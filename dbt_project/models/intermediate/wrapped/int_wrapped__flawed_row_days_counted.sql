{{ config(materialized="table") }}

{% set event_models = [
    "actor_deaths",
    "game_ticks",
    "hitsplats",
    "loot_drops",
    "offer_changes",
    "stat_changes",
] %}

with
    {% for entities in event_models %}
        {{ entities }} as (select * from {{ ref("stg_wrapped__" ~ entities) }}),
    {% endfor %}
    excluded_ranges as (select * from {{ ref("stg_wrapped__excluded_ranges") }}),

    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    player_zones as (select * from {{ ref("int_wrapped__player_zones") }}),

    zone_offsets as (select * from {{ ref("int_wrapped__zone_offsets") }}),

    flawed_rows as (
        {% for entities in event_models %}
            select
                user_key,
                coalesce(happened_at, arrived_at) as dated_at,
                reject_reason is not null as is_rejected
            from {{ entities }}
            where
                reject_reason is not null
                or degrade_reason is not null {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    flawed_instants as (
        select user_key, dated_at, is_rejected, count(*) as rows_count
        from flawed_rows
        where dated_at is not null
        group by user_key, dated_at, is_rejected
    ),

    -- Ranges may overlap, and a row in two of them is still one row.
    excluded_rows as (
        {% for entities in event_models %}
            select
                {{ entities }}.user_key,
                {{ entities }}.happened_at as dated_at,
                {{ entities }}.id_time,
                {{ entities }}.id_process,
                {{ entities }}.id_counter
            from {{ entities }}
            inner join
                excluded_ranges
                on (
                    {{ entities }}.user_key = excluded_ranges.user_key
                    or excluded_ranges.is_everybody
                )
                and {{ entities }}.happened_at
                >= coalesce(excluded_ranges.from_at, {{ entities }}.happened_at)
                and (
                    {{ entities }}.happened_at < excluded_ranges.to_at
                    or excluded_ranges.to_at is null
                )
            where {{ entities }}.reject_reason is null
            group by
                {{ entities }}.user_key,
                {{ entities }}.happened_at,
                {{ entities }}.id_time,
                {{ entities }}.id_process,
                {{ entities }}.id_counter {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    excluded_instants as (
        select user_key, dated_at, count(*) as rows_count
        from excluded_rows
        group by user_key, dated_at
    ),

    rows_by_instant as (
        select
            flawed_instants.user_key,
            flawed_instants.dated_at,
            flawed_instants.is_rejected,
            flawed_instants.rows_count
        from flawed_instants
        left join
            excluded_instants
            on flawed_instants.user_key = excluded_instants.user_key
            and flawed_instants.dated_at = excluded_instants.dated_at
        where flawed_instants.is_rejected or excluded_instants.user_key is null
        union all
        select user_key, dated_at, true as is_rejected, rows_count
        from excluded_instants
    ),

    rows_of_players as (
        select
            name_segments.player_id,
            rows_by_instant.dated_at,
            rows_by_instant.is_rejected,
            rows_by_instant.rows_count,
            coalesce(player_zones.time_zone, 'UTC') as time_zone
        from rows_by_instant
        inner join
            name_segments
            on rows_by_instant.user_key = name_segments.user_key
            and rows_by_instant.dated_at
            >= coalesce(name_segments.valid_from, rows_by_instant.dated_at)
            and (
                rows_by_instant.dated_at < name_segments.valid_to or name_segments.valid_to is null
            )
        left join
            player_zones
            on name_segments.player_id = player_zones.player_id
            and rows_by_instant.dated_at
            >= coalesce(player_zones.valid_from, rows_by_instant.dated_at)
            and (rows_by_instant.dated_at < player_zones.valid_to or player_zones.valid_to is null)
    ),

    rows_with_dates as (
        select
            rows_of_players.player_id,
            rows_of_players.is_rejected,
            rows_of_players.rows_count,
            cast(
                {{
                    add_minutes(
                        "rows_of_players.dated_at", "coalesce(zone_offsets.offset_minutes, 0)"
                    )
                }} as date
            ) as dated_on
        from rows_of_players
        left join
            zone_offsets
            on rows_of_players.time_zone = zone_offsets.time_zone
            and rows_of_players.dated_at >= zone_offsets.valid_from
            and (rows_of_players.dated_at < zone_offsets.valid_to or zone_offsets.valid_to is null)
    ),

    flawed_row_days_counted as (
        select
            player_id,
            dated_on,
            cast(
                sum(case when is_rejected then rows_count else 0 end) as bigint
            ) as rejected_rows_count,
            cast(
                sum(case when is_rejected then 0 else rows_count end) as bigint
            ) as degraded_rows_count
        from rows_with_dates
        group by player_id, dated_on
    )

select *
from flawed_row_days_counted
