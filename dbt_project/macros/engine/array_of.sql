{#- Array of expressions, in their order. -#}
{% macro array_of(expressions) -%}
    {{ return(adapter.dispatch("array_of")(expressions)) }}
{%- endmacro %}

{% macro duckdb__array_of(expressions) -%}
    list_value({{ expressions | join(", ") }})
{%- endmacro %}

{% macro spark__array_of(expressions) -%} array({{ expressions | join(", ") }}) {%- endmacro %}
