{#- Text of a date or timestamp for readers: 1 March 2025. -#}
{% macro format_date(day) -%} {{ return(adapter.dispatch("format_date")(day)) }} {%- endmacro %}

{% macro duckdb__format_date(day) -%} strftime({{ day }}, '%-d %B %Y') {%- endmacro %}

{% macro spark__format_date(day) -%} date_format({{ day }}, 'd MMMM yyyy') {%- endmacro %}
