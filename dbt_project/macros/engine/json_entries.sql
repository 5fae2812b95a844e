{#- Table expression, to be joined laterally: one row per field of the object or element of the list at a path of a JSON text; `key` is the name of the field, `value` the JSON of its value. -#}
{% macro json_entries(document, path) -%}
    {{ return(adapter.dispatch("json_entries")(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_entries(document, path) -%}
    json_each({{ document }}, {{ path }})
{%- endmacro %}

{% macro spark__json_entries(document, path) -%}
    variant_explode(try_variant_get(parse_json({{ document }}), {{ path }}, 'variant'))
{%- endmacro %}
