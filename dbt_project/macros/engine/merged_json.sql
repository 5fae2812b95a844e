{#- One JSON object of the fields of several, in their order; a field without value is left out.
    values: a list of expressions, each a nested row or a map of names. -#}
{% macro merged_json(values) -%}
    {{ return(adapter.dispatch("merged_json")(values)) }}
{%- endmacro %}

{% macro duckdb__merged_json(values) -%}
    json_merge_patch(
        '{}',
        {%- for value in values %} to_json({{ value }}){{ ", " if not loop.last }} {%- endfor %}
    )
{%- endmacro %}

{% macro spark__merged_json(values) -%}
    concat(
        '{',
        array_join(
            filter(
                array(
                    {%- for value in values %}
                        substring(to_json({{ value }}), 2, length(to_json({{ value }})) - 2)
                        {{- ", " if not loop.last }}
                    {%- endfor %}
                ),
                part -> part <> ''
            ),
            ','
        ),
        '}'
    )
{%- endmacro %}
