{#- Milliseconds since 1970 of a UTC timestamp, as bigint. -#}
{% macro timestamp_to_epoch_ms(instant) -%}
    {{ return(adapter.dispatch("timestamp_to_epoch_ms")(instant)) }}
{%- endmacro %}

{% macro duckdb__timestamp_to_epoch_ms(instant) -%} epoch_ms({{ instant }}) {%- endmacro %}

{% macro spark__timestamp_to_epoch_ms(instant) -%} unix_millis({{ instant }}) {%- endmacro %}
