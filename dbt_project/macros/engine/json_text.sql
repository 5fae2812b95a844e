{#- The value at a path of a JSON text, as text without quotation marks; null where there is none. -#}
{% macro json_text(document, path) -%}
    {{ return(adapter.dispatch("json_text")(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_text(document, path) -%}
    json_extract_string({{ document }}, {{ path }})
{%- endmacro %}

{% macro spark__json_text(document, path) -%}
    get_json_object({{ document }}, {{ path }})
{%- endmacro %}
