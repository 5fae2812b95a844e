{#- Map of names to numbers as doubles; a dict of name to SQL expression. -#}
{% macro map_of_numbers(fields) -%}
    {{ return(adapter.dispatch("map_of_numbers")(fields)) }}
{%- endmacro %}

{% macro duckdb__map_of_numbers(fields) -%}
    cast(
        map(
            [{%- for name in fields %}'{{ name }}'{{ ", " if not loop.last }}{% endfor -%}],
            [
                {%- for expression in fields.values() %}
                    cast({{ expression }} as double){{ ", " if not loop.last }}
                {%- endfor -%}
            ]
        ) as map(string, double)
    )
{%- endmacro %}

{% macro spark__map_of_numbers(fields) -%}
    map(
        {%- for name, expression in fields.items() %}
            '{{ name }}', cast({{ expression }} as double){{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
