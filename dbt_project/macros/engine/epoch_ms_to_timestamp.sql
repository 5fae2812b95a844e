{#- UTC timestamp of a number of milliseconds since 1970. -#}
{% macro epoch_ms_to_timestamp(milliseconds) -%}
    {{ return(adapter.dispatch("epoch_ms_to_timestamp")(milliseconds)) }}
{%- endmacro %}

{% macro duckdb__epoch_ms_to_timestamp(milliseconds) -%}
    make_timestamp(cast({{ milliseconds }} as bigint) * 1000)
{%- endmacro %}

{% macro spark__epoch_ms_to_timestamp(milliseconds) -%}
    timestamp_millis({{ milliseconds }})
{%- endmacro %}
