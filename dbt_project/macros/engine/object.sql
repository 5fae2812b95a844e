{#- Nested row (a document, once it leaves) of named values.
    fields: a dict of field name to SQL expression; the order of the dict is the order of the fields. -#}
{% macro object(fields) -%} {{ return(adapter.dispatch("object")(fields)) }} {%- endmacro %}

{% macro duckdb__object(fields) -%}
    struct_pack(
        {%- for name, expression in fields.items() %}
            "{{ name }}" := {{ expression }}{{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro spark__object(fields) -%}
    named_struct(
        {%- for name, expression in fields.items() %}
            '{{ name }}', {{ expression }}{{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
