{% set groups = [
    "calendar",
    "combat",
    "gear",
    "level",
    "loot",
    "movement",
    "place",
    "quality",
    "rhythm",
    "skill",
    "time",
] -%}
with
    {% for group in groups -%}
        {{ group }}_slides as (select * from {{ ref("int_wrapped__" ~ group ~ "_slides_worded") }}),

    {% endfor -%}
    slides as (
        {% for group in groups -%}
            select
                report_id,
                stat_id,
                cast(value as double) as value,
                cast(things_count as bigint) as things_count,
                image_kind,
                image_key,
                word_1,
                word_2,
                word_3,
                word_4,
                detail
            from {{ group }}_slides
            {% if not loop.last %}
                union all
            {% endif -%}
        {% endfor %}
    )

select *
from slides
