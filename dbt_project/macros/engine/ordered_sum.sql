{#- Aggregate: sum of doubles in a fixed order, so that equal rows give an equal sum to the last bit; 0 for
    no row, nulls left out. value: an expression; order_by: a list of expressions without tie. -#}
{% macro ordered_sum(value, order_by) -%}
    {{ return(adapter.dispatch("ordered_sum")(value, order_by)) }}
{%- endmacro %}

{% macro duckdb__ordered_sum(value, order_by) -%}
    coalesce(list_sum({{ ordered_list(value, order_by) }}), 0)
{%- endmacro %}

{% macro spark__ordered_sum(value, order_by) -%}
    aggregate({{ ordered_list(value, order_by) }}, 0d, (total, part) -> total + part)
{%- endmacro %}
