{#- Text of a number of hours: one decimal below 10, whole with thousands separators from there. -#}
{% macro format_hours(hours) -%}
    case
        when round(cast({{ hours }} as double), 1) < 10
        then {{ format_thousands(hours, 1) }}
        else {{ format_thousands(hours) }}
    end
{%- endmacro %}
