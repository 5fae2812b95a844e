{#- Timestamp some minutes later (a column or an expression, may be negative). -#}
{% macro add_minutes(instant, minutes) -%}
    {{ return(adapter.dispatch("add_minutes")(instant, minutes)) }}
{%- endmacro %}

{% macro duckdb__add_minutes(instant, minutes) -%}
    ({{ instant }} + to_minutes({{ minutes }}))
{%- endmacro %}

{% macro spark__add_minutes(instant, minutes) -%}
    timestampadd(minute, {{ minutes }}, {{ instant }})
{%- endmacro %}
