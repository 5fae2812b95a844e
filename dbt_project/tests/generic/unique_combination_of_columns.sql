{#- Fails with every combination of the columns that occurs more than once. Null equals null. -#}
{% test unique_combination_of_columns(model, combination_of_columns) %}

    select {{ combination_of_columns | join(", ") }}, count(*) as rows_count
    from {{ model }}
    group by {{ combination_of_columns | join(", ") }}
    having count(*) > 1

{% endtest %}
