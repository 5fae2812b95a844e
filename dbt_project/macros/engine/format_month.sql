{#- Text of a month for readers, from its YYYY-MM: March 2025. -#}
{% macro format_month(month) -%}
    {{ return(adapter.dispatch("format_month")(month)) }}
{%- endmacro %}

{% macro duckdb__format_month(month) -%}
    strftime(cast({{ month }} || '-01' as date), '%B %Y')
{%- endmacro %}

{% macro spark__format_month(month) -%}
    date_format(cast({{ month }} || '-01' as date), 'MMMM yyyy')
{%- endmacro %}
