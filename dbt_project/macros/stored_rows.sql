{#- Table expression of the rows that the build before this one left in a model's table, or of none.
    For models that say what has changed since: a `ref` would ask for the table of this build.

    Args:
        model_name: Model of the schema `intermediate`.
        columns: The columns to read, as a mapping of name to type. -#}
{% macro stored_rows(model_name, columns) -%}
    {%- set stored = (
        adapter.get_relation(
            database=this.database, schema="intermediate", identifier=model_name
        )
        if execute
        else none
    ) -%}
    (
        select
            {%- for name, type in columns.items() %}
                {% if stored is none %} cast(null as {{ type }}) as {% endif -%}
                {{ name }}{{ "," if not loop.last }}
            {%- endfor %}
        {%- if stored is none %} where false
        {%- else %} from {{ stored }}
        {%- endif %}
    )
{%- endmacro %}
