{#- The whole number at a path of a JSON text, as bigint; null where there is none, a fraction, or a number above 2^53, which no reader of JSON holds exactly. -#}
{% macro json_whole_number(document, path) -%}
    case
        when
            {{ json_number(document, path) }} between -9007199254740992 and 9007199254740992
            and {{ json_number(document, path) }} = floor({{ json_number(document, path) }})
        then cast({{ json_number(document, path) }} as bigint)
    end
{%- endmacro %}
