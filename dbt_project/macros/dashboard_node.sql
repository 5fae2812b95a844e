{#- A node as the dashboard's network library draws it, of a row of dim_graph_nodes.
    relation: alias of dim_graph_nodes in the query. -#}
{% macro dashboard_node(relation) -%}
    {{
        return(
            object(
                {
                    "id": relation ~ ".node",
                    "label": relation ~ ".node",
                    "x": relation ~ ".screen_x",
                    "y": relation ~ ".screen_y",
                    "physics": "false",
                    "shape": "'dot'",
                    "size": "10",
                    "color": "'#97c2fc'",
                }
            )
        )
    }}
{%- endmacro %}
