{#- Integer that hexadecimal digits stand for. -#}
{% macro hex_to_integer(digits) -%}
    {{ return(adapter.dispatch("hex_to_integer")(digits)) }}
{%- endmacro %}

{% macro duckdb__hex_to_integer(digits) -%} try_cast('0x' || {{ digits }} as bigint) {%- endmacro %}

{% macro spark__hex_to_integer(digits) -%}
    try_cast(conv({{ digits }}, 16, 10) as bigint)
{%- endmacro %}
