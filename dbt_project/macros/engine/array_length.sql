{#- Number of elements of an array. -#}
{% macro array_length(array) -%}
    {{ return(adapter.dispatch("array_length")(array)) }}
{%- endmacro %}

{% macro duckdb__array_length(array) -%} len({{ array }}) {%- endmacro %}

{% macro spark__array_length(array) -%} size({{ array }}) {%- endmacro %}
