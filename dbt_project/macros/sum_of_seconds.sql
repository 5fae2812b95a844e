{#- Sum of seconds that are whole microseconds, as finely as timestamps go. Added as integers, so that it is
    the same to the last digit in whatever order the rows come; a sum of doubles is not, and a document would
    change without cause.

    Arguments:
        seconds: expression, in seconds.
        condition: only rows that fulfil it count; none = all rows. -#}
{% macro sum_of_seconds(seconds, condition=none) -%}
    cast(
        sum(cast(round({{ seconds }} * 1000000) as bigint))
        {%- if condition is not none %} filter (where {{ condition }}){% endif %} as double
    )
    / 1000000
{%- endmacro %}
