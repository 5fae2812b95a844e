{#- Text of a number with thousands separators and a fixed count of decimals: 1,234,567 or 1,234.5. -#}
{% macro format_thousands(number, decimals=0) -%}
    {{ return(adapter.dispatch("format_thousands")(number, decimals)) }}
{%- endmacro %}

{% macro duckdb__format_thousands(number, decimals) -%}
    format('{:,.{{ decimals }}f}', round(cast({{ number }} as double), {{ decimals }}))
{%- endmacro %}

{% macro spark__format_thousands(number, decimals) -%}
    format_number(round(cast({{ number }} as double), {{ decimals }}), {{ decimals }})
{%- endmacro %}
