{#- Fails with every row for which the expression is false or null. -#}
{% test expression_is_true(model, expression, column_name=none) %}

    select * from {{ model }} where not coalesce({{ column_name or "" }} {{ expression }}, false)

{% endtest %}
