{#- Texts of a group joined in the order of an expression, with a comma between them. -#}
{% macro string_agg_ordered(value, order_by) -%}
    {{ return(adapter.dispatch("string_agg_ordered")(value, order_by)) }}
{%- endmacro %}

{% macro duckdb__string_agg_ordered(value, order_by) -%}
    string_agg({{ value }}, ',' order by {{ order_by }})
{%- endmacro %}

{% macro spark__string_agg_ordered(value, order_by) -%}
    listagg({{ value }}, ',') within group (order by {{ order_by }})
{%- endmacro %}
