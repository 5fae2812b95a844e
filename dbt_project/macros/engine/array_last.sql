{#- Last element of an array, null when there is none. -#}
{% macro array_last(array) -%} {{ return(adapter.dispatch("array_last")(array)) }} {%- endmacro %}

{% macro duckdb__array_last(array) -%} list_extract({{ array }}, -1) {%- endmacro %}

{% macro spark__array_last(array) -%} try_element_at({{ array }}, -1) {%- endmacro %}
