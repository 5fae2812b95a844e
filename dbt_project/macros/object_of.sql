{#- Nested row of columns of one relation under their own names, in the order given.
    relation: alias in the query; names: list of column names. -#}
{% macro object_of(relation, names) -%}
    {%- set fields = {} -%}
    {%- for name in names %} {% do fields.update({name: relation ~ "." ~ name}) %} {% endfor -%}
    {{ return(object(fields)) }}
{%- endmacro %}
