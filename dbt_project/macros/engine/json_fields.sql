{#- Nested row of the named fields of a JSON object, read in one pass; null where the text is no JSON.
    document: a text; fields: a dict of field name to "string" or to a dict in turn. A field that is
    absent is null, one that is an object or array where text is asked for is its JSON text. -#}
{% macro json_fields(document, fields) -%}
    {{ return(adapter.dispatch("json_fields")(document, fields)) }}
{%- endmacro %}

{% macro duckdb__json_fields(document, fields) -%}
    case
        when json_valid({{ document }})
        then
            from_json({{ document }}, '{{ tojson(fields) | replace(' "string" ', ' "VARCHAR" ') }}')
    end
{%- endmacro %}

{% macro spark__json_fields(document, fields) -%}
    {%- set row_type = tojson(fields) | replace("{", "struct<") | replace("}", ">") -%}
    from_json({{ document }}, '{{ row_type | replace("\"", "") }}')
{%- endmacro %}
