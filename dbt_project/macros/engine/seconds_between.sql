{#- Seconds from the first timestamp to the second, as double, to the millisecond. -#}
{% macro seconds_between(from_at, to_at) -%}
    {{ return(adapter.dispatch("seconds_between")(from_at, to_at)) }}
{%- endmacro %}

{% macro duckdb__seconds_between(from_at, to_at) -%}
    (cast(epoch_ms({{ to_at }}) - epoch_ms({{ from_at }}) as double) / 1000)
{%- endmacro %}

{% macro spark__seconds_between(from_at, to_at) -%}
    (cast(unix_millis({{ to_at }}) - unix_millis({{ from_at }}) as double) / 1000)
{%- endmacro %}
