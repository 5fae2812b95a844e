{#- Expression of a select list that makes one row per element of a list; no row for null or an empty one. -#}
{% macro exploded(values) -%} {{ return(adapter.dispatch("exploded")(values)) }} {%- endmacro %}

{% macro duckdb__exploded(values) -%} unnest({{ values }}) {%- endmacro %}

{% macro spark__exploded(values) -%} explode({{ values }}) {%- endmacro %}
