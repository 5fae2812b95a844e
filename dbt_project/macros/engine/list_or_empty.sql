{#- The list, or an empty one of the same type where it is null. -#}
{% macro list_or_empty(value) -%}
    {{ return(adapter.dispatch("list_or_empty")(value)) }}
{%- endmacro %}

{% macro duckdb__list_or_empty(value) -%} coalesce({{ value }}, []) {%- endmacro %}

{% macro spark__list_or_empty(value) -%} coalesce({{ value }}, array()) {%- endmacro %}
