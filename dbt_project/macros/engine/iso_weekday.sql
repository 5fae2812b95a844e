{#- 1 Monday to 7 Sunday. -#}
{% macro iso_weekday(day) -%} {{ return(adapter.dispatch("iso_weekday")(day)) }} {%- endmacro %}

{% macro duckdb__iso_weekday(day) -%} cast(isodow({{ day }}) as smallint) {%- endmacro %}

{% macro spark__iso_weekday(day) -%} cast(weekday({{ day }}) + 1 as smallint) {%- endmacro %}
