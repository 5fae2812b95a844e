{#- The number at a path of a JSON text, as double; null where there is none, or something else than a number. -#}
{% macro json_number(document, path) -%}
    case
        when {{ json_kind(document, path) }} = 'number'
        then try_cast({{ json_text(document, path) }} as double)
    end
{%- endmacro %}
