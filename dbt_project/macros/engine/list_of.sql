{#- List of the given expressions, in their order. -#}
{% macro list_of(values) -%} {{ return(adapter.dispatch("list_of")(values)) }} {%- endmacro %}

{% macro duckdb__list_of(values) -%} list_value({{ values | join(", ") }}) {%- endmacro %}

{% macro spark__list_of(values) -%} array({{ values | join(", ") }}) {%- endmacro %}
