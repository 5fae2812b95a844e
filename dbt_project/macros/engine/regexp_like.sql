{#- Whether a text contains a match of a regular expression. -#}
{% macro regexp_like(value, pattern) -%}
    {{ return(adapter.dispatch("regexp_like")(value, pattern)) }}
{%- endmacro %}

{% macro duckdb__regexp_like(value, pattern) -%}
    regexp_matches({{ value }}, {{ pattern }})
{%- endmacro %}

{% macro spark__regexp_like(value, pattern) -%}({{ value }} rlike {{ pattern }}) {%- endmacro %}
