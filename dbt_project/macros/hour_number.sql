{#- Number of the UTC hour that a timestamp lies in, counted from 1970. -#}
{% macro hour_number(instant) -%}
    cast(floor(cast({{ timestamp_to_epoch_ms(instant) }} as double) / 3600000) as bigint)
{%- endmacro %}
