{#- Array of doubles of a JSON text that is an array of numbers or one number; null where it is neither. -#}
{% macro json_numbers(document) -%}
    {{ return(adapter.dispatch("json_numbers")(document)) }}
{%- endmacro %}

{% macro duckdb__json_numbers(document) -%}
    case
        when json_type(case when json_valid({{ document }}) then {{ document }} end) = 'ARRAY'
        then from_json({{ document }}, '["DOUBLE"]')
        when try_cast({{ document }} as double) is not null
        then [try_cast({{ document }} as double)]
    end
{%- endmacro %}

{% macro spark__json_numbers(document) -%}
    case
        when {{ document }} like '[%'
        then from_json({{ document }}, 'array<double>')
        when try_cast({{ document }} as double) is not null
        then array(try_cast({{ document }} as double))
    end
{%- endmacro %}
