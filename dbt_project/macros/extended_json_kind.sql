{#- Kind of the value at a path of a text of MongoDB Extended JSON, as `json_kind` has it, with `value` for what
    plain JSON can not say, such as an ObjectId or a NaN, which is written as an object of one `$` name. -#}
{% macro extended_json_kind(document, path) -%}
    case
        when {{ json_text(document, path) }} like '{"$%'
        then 'value'
        else {{ json_kind(document, path) }}
    end
{%- endmacro %}
