{#- UTC timestamp of a client's epoch milliseconds; null outside the years 1970 to 9999, which no
    engine can hold. -#}
{% macro event_at(event_ms) -%}
    case
        when {{ event_ms }} between 0 and 253402300799999 then {{ epoch_ms_to_timestamp(event_ms) }}
    end
{%- endmacro %}
