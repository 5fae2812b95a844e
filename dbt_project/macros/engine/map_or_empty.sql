{#- The map, or an empty one of the same type where it is null. -#}
{% macro map_or_empty(value) -%}
    {{ return(adapter.dispatch("map_or_empty")(value)) }}
{%- endmacro %}

{% macro duckdb__map_or_empty(value) -%} coalesce({{ value }}, map()) {%- endmacro %}

{% macro spark__map_or_empty(value) -%} coalesce({{ value }}, map()) {%- endmacro %}
