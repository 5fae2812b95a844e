{#- JSON text in which the bare numbers that JSON lacks (NaN, Infinity) are texts. -#}
{% macro strict_json(document) -%}
    {{ return(adapter.dispatch("strict_json")(document)) }}
{%- endmacro %}

{% macro duckdb__strict_json(document) -%}
    regexp_replace({{ document }}, '([\[:,]\s*)(NaN|-?Infinity)(\s*[\],}])', '\1"\2"\3', 'g')
{%- endmacro %}

{% macro spark__strict_json(document) -%}
    regexp_replace({{ document }}, '([\\[:,]\\s*)(NaN|-?Infinity)(\\s*[\\],}])', '$1"$2"$3')
{%- endmacro %}
