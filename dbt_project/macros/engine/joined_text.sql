{#- Text of a list of texts with a separator between them. -#}
{% macro joined_text(values, separator) -%}
    {{ return(adapter.dispatch("joined_text")(values, separator)) }}
{%- endmacro %}

{% macro duckdb__joined_text(values, separator) -%}
    array_to_string({{ values }}, {{ separator }})
{%- endmacro %}

{% macro spark__joined_text(values, separator) -%}
    array_join({{ values }}, {{ separator }})
{%- endmacro %}
