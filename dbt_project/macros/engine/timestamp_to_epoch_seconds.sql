{#- Seconds since 1970 of a UTC timestamp, as double, to the microsecond. -#}
{% macro timestamp_to_epoch_seconds(instant) -%}
    {{ return(adapter.dispatch("timestamp_to_epoch_seconds")(instant)) }}
{%- endmacro %}

{% macro duckdb__timestamp_to_epoch_seconds(instant) -%}
    (cast(epoch_us({{ instant }}) as double) / 1000000)
{%- endmacro %}

{% macro spark__timestamp_to_epoch_seconds(instant) -%}
    (cast(unix_micros({{ instant }}) as double) / 1000000)
{%- endmacro %}
