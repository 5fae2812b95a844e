{#- List of the leaves of a JSON document, rows of `path` and `value`, both texts; null where the text is no
    JSON. A path joins names with dots and numbers the elements of arrays from 0: tasks.a, edges[0].label.
    On Spark the leaves of the first two levels, for what lies deeper its JSON text. -#}
{% macro json_leaves(document) -%}
    {{ return(adapter.dispatch("json_leaves")(document)) }}
{%- endmacro %}

{% macro duckdb__json_leaves(document) -%}
    (
        select
            list(
                struct_pack(path := substr(leaf.fullkey, 3), value := leaf.atom ->> '$')
                order by leaf.id
            )
        from
            json_tree(
                case when json_valid({{ document }}) then cast({{ document }} as json) end
            ) as leaf
        where leaf.atom is not null
    )
{%- endmacro %}

{% macro spark__json_leaves(document) -%}
    flatten(
        transform(
            map_entries(from_json({{ document }}, 'map<string,string>')),
            field -> if(
                substr(field.value, 1, 1) = '{',
                transform(
                    map_entries(from_json(field.value, 'map<string,string>')),
                    leaf
                    -> named_struct('path', concat(field.key, '.', leaf.key), 'value', leaf.value)
                ),
                array(named_struct('path', field.key, 'value', field.value))
            )
        )
    )
{%- endmacro %}
