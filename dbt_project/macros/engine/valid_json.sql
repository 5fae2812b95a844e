{#- The text where it is JSON, else null. -#}
{% macro valid_json(document) -%}
    {{ return(adapter.dispatch("valid_json")(document)) }}
{%- endmacro %}

{% macro duckdb__valid_json(document) -%}
    case when json_valid({{ document }}) then {{ document }} end
{%- endmacro %}

{% macro spark__valid_json(document) -%}
    case when try_parse_json({{ document }}) is not null then {{ document }} end
{%- endmacro %}
