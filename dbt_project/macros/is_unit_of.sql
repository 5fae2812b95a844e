{#- Whether a text is the code of a unit (`spin30`) of the laboratory in a row of spinner_labs.
    code: an expression; lab_alias: the alias of the row. -#}
{% macro is_unit_of(code, lab_alias) -%}
    {{ regexp_replace_all(code, "'[0-9]{2}$'", "''") }} = {{ lab_alias }}.unit_prefix
    and {{ code }} <> {{ lab_alias }}.unit_prefix
{%- endmacro %}
