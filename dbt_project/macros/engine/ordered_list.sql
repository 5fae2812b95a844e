{#- Aggregate: list of the values of the rows of a group that meet a condition.
    value: an expression; order_by: a list of expressions without tie, each ascending, nulls last (a
    descending order of numbers is the ascending one of their negatives); where: the condition, without
    it the value is not null. -#}
{% macro ordered_list(value, order_by, where=none) -%}
    {{
        return(
            adapter.dispatch("ordered_list")(value, order_by, where or (value ~ " is not null"))
        )
    }}
{%- endmacro %}

{% macro duckdb__ordered_list(value, order_by, where) -%}
    list(
        {{ value }}
        order by
            {% for key in order_by %}
                {{ key }} asc nulls last{{ ", " if not loop.last }}
            {% endfor %}
    ) filter (where {{ where }})
{%- endmacro %}

{% macro spark__ordered_list(value, order_by, where) -%}
    transform(
        array_sort(
            collect_list(struct({{ order_by | join(", ") }}, {{ value }} as value)) filter (
                where {{ where }}
            )
        ),
        item -> item.value
    )
{%- endmacro %}
