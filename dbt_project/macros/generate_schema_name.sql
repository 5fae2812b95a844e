{#- Schemas bear exactly the names that the project file gives, in every target: analysts' queries
    read the same in a published generation and in a development file. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name is not none else target.schema }}
{%- endmacro %}
