{{ config(materialized="table") }}

{% set event_models = [
    "actor_deaths",
    "hitsplats",
    "loot_drops",
    "offer_changes",
    "stat_changes",
] %}

with
    player_days as (select * from {{ ref("fct_player_days") }}),

    -- Offers without a state (renamed fields) are nobody's copies: they are left out for
    -- themselves.
    {% for entities in event_models %}
        accepted_{{ entities }} as (
            select *
            from {{ ref("int_wrapped__" ~ entities ~ "_accepted") }}
            {% if entities == "offer_changes" %} where state is not null {% endif %}
        ),

        {{ entities }} as (select * from {{ ref("int_wrapped__" ~ entities ~ "_deduplicated") }}),
    {% endfor %}
    row_counts as (
        select player_id, played_date, duplicate_ticks_count as rows_count
        from player_days
        {% for entities in event_models %}
            union all
            select player_id, played_date, count(*) as rows_count
            from accepted_{{ entities }}
            group by player_id, played_date
            union all
            select player_id, played_date, - count(*) as rows_count
            from {{ entities }}
            group by player_id, played_date
        {% endfor %}
    ),

    duplicate_row_days_counted as (
        select player_id, played_date, cast(sum(rows_count) as bigint) as duplicate_rows_count
        from row_counts
        group by player_id, played_date
        having sum(rows_count) <> 0
    )

select *
from duplicate_row_days_counted
