{#- Key of a display name: case, and space, U+00A0, `_` and `-` in it, make no difference. -#}
{% macro user_key(name) -%}
    lower(trim(translate({{ name }}, chr(160) || '_-', '   ')))
{%- endmacro %}
