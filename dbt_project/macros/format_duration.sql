{#- Text of a number of seconds: 3 h 12 min; below an hour 12 min; below a minute 45 s. Rounded down. -#}
{% macro format_duration(seconds) -%}
    case
        when {{ seconds }} < 60
        then {{ format_thousands("floor(" ~ seconds ~ ")") }} || ' s'
        when {{ seconds }} < 3600
        then {{ format_thousands("floor((" ~ seconds ~ ") / 60)") }} || ' min'
        else
            {{ format_thousands("floor((" ~ seconds ~ ") / 3600)") }}
            || ' h '
            || {{ format_thousands("floor(mod(cast(" ~ seconds ~ " as double), 3600) / 60)") }}
            || ' min'
    end
{%- endmacro %}
