{#- Item as the legacy collections nest it: id, name, type and duplicate, of which the last two are constants.
    item_id, item_name: expressions; a name that is not known becomes "Unknown Item <id>". -#}
{% macro legacy_item(item_id, item_name) -%}
    {{
        object(
            {
                "id": item_id,
                "name": "coalesce("
                ~ item_name
                ~ ", 'Unknown Item ' || cast("
                ~ item_id
                ~ " as string))",
                "type": "'Unknown'",
                "duplicate": "false",
            }
        )
    }}
{%- endmacro %}
