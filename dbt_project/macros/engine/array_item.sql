{#- Element of an array at a place, counted from 1 (from the end when negative); null outside of it. -#}
{% macro array_item(array, place) -%}
    {{ return(adapter.dispatch("array_item")(array, place)) }}
{%- endmacro %}

{% macro duckdb__array_item(array, place) -%} list_extract({{ array }}, {{ place }}) {%- endmacro %}

{% macro spark__array_item(array, place) -%}
    try_element_at({{ array }}, {{ place }})
{%- endmacro %}
