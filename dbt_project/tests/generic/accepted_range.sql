{#- Fails with every value outside [min_value, max_value], or ]min, max[ when not inclusive. Nulls pass. -#}
{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}

    select {{ column_name }}
    from {{ model }}
    where
        false
        {%- if min_value is not none %}
            or not {{ column_name }} >{{ "=" if inclusive }} {{ min_value }}
        {%- endif %}
        {%- if max_value is not none %}
            or not {{ column_name }} <{{ "=" if inclusive }} {{ max_value }}
        {%- endif %}

{% endtest %}
