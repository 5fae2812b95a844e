{#- An edge as the dashboard's network library draws it.
    relation: alias in the query of a relation with from_node, to_node and a whole weight. -#}
{% macro dashboard_edge(relation) -%}
    {{
        return(
            object(
                {
                    "from": relation ~ ".from_node",
                    "to": relation ~ ".to_node",
                    "label": "cast(" ~ relation ~ ".weight as string)",
                    "width": "cast(" ~ relation ~ ".weight as double)",
                    "arrows": "'to'",
                }
            )
        )
    }}
{%- endmacro %}
