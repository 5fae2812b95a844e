{#- Aggregate: map of the keys of a group to their values, in an order (a document with free field names).
    key, value: expressions; order_by: as in ordered_list. -#}
{% macro ordered_map(key, value, order_by) -%}
    {{ return(adapter.dispatch("ordered_map")(key, value, order_by)) }}
{%- endmacro %}

{% macro duckdb__ordered_map(key, value, order_by) -%}
    map_from_entries(
        list(
            struct_pack(k := {{ key }}, v := {{ value }})
            order by
                {% for order_key in order_by %}
                    {{ order_key }} asc nulls last{{ ", " if not loop.last }}
                {% endfor %}
        ) filter (where {{ key }} is not null)
    )
{%- endmacro %}

{% macro spark__ordered_map(key, value, order_by) -%}
    map_from_entries(
        transform(
            array_sort(
                collect_list(
                    struct({{ order_by | join(", ") }}, {{ key }} as k, {{ value }} as v)
                ) filter (where {{ key }} is not null)
            ),
            item -> struct(item.k, item.v)
        )
    )
{%- endmacro %}
