{#- Number of elements of the list at a path of a JSON text; null or 0 where there is no list. -#}
{% macro json_length(document, path) -%}
    {{ return(adapter.dispatch("json_length")(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_length(document, path) -%}
    json_array_length({{ document }}, {{ path }})
{%- endmacro %}

{% macro spark__json_length(document, path) -%}
    json_array_length(get_json_object({{ document }}, {{ path }}))
{%- endmacro %}
