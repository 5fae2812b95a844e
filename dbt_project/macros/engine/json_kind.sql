{#- Kind of the value at a path of a JSON text: `object, array, text, boolean` or `number`; null where there is none, or a JSON null. -#}
{% macro json_kind(document, path) -%}
    {{ return(adapter.dispatch("json_kind")(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_kind(document, path) -%}
    case
        json_type({{ document }}, {{ path }})
        when 'OBJECT'
        then 'object'
        when 'ARRAY'
        then 'array'
        when 'VARCHAR'
        then 'text'
        when 'BOOLEAN'
        then 'boolean'
        when 'UBIGINT'
        then 'number'
        when 'BIGINT'
        then 'number'
        when 'DOUBLE'
        then 'number'
    end
{%- endmacro %}

{% macro spark__json_kind(document, path) -%}
    case
        substring(
            schema_of_variant(try_variant_get(parse_json({{ document }}), {{ path }}, 'variant')),
            1,
            3
        )
        when 'OBJ'
        then 'object'
        when 'ARR'
        then 'array'
        when 'STR'
        then 'text'
        when 'BOO'
        then 'boolean'
        when 'BIG'
        then 'number'
        when 'DEC'
        then 'number'
        when 'DOU'
        then 'number'
    end
{%- endmacro %}
