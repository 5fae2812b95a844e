{#- Value of a name in the query of a URL (`a=1&b=2`), percent-decoded; null when it is absent or empty. -#}
{% macro url_query_value(query, name) -%}
    {{ return(adapter.dispatch("url_query_value")(query, name)) }}
{%- endmacro %}

{% macro duckdb__url_query_value(query, name) -%}
    nullif(url_decode(regexp_extract({{ query }}, '(?:^|[?&]){{ name }}=([^&]*)', 1)), '')
{%- endmacro %}

{% macro spark__url_query_value(query, name) -%}
    nullif(try_url_decode(regexp_extract({{ query }}, '(?:^|[?&]){{ name }}=([^&]*)', 1)), '')
{%- endmacro %}
