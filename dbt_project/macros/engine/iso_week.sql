{#- ISO week of a date with the year that the week belongs to: 2025-W01 for 30 December 2024. -#}
{% macro iso_week(day) -%} {{ return(adapter.dispatch("iso_week")(day)) }} {%- endmacro %}

{% macro duckdb__iso_week(day) -%} strftime({{ day }}, '%G-W%V') {%- endmacro %}

{% macro spark__iso_week(day) -%}
    concat(
        cast(extract(yearofweek from {{ day }}) as string),
        '-W',
        lpad(cast(weekofyear({{ day }}) as string), 2, '0')
    )
{%- endmacro %}
