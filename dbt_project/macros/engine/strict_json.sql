{#- JSON text in which the bare numbers that JSON lacks (NaN, Infinity) are texts, and escaped halves of
    surrogate pairs, which engines refuse, question marks: a limit of a form cuts an emoji in two. -#}
{% macro strict_json(document) -%}
    {{ return(adapter.dispatch("strict_json")(document)) }}
{%- endmacro %}

{% macro duckdb__strict_json(document) -%}
    regexp_replace(
        regexp_replace({{ document }}, '([\[:,]\s*)(NaN|-?Infinity)(\s*[\],}])', '\1"\2"\3', 'g'),
        '\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
        '?',
        'g'
    )
{%- endmacro %}

{% macro spark__strict_json(document) -%}
    regexp_replace(
        regexp_replace({{ document }}, '([\\[:,]\\s*)(NaN|-?Infinity)(\\s*[\\],}])', '$1"$2"$3'),
        '\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
        '?'
    )
{%- endmacro %}
