{#- Table expression with one column `number`: the integers from the first to the last, both included. -#}
{% macro integer_series(first_number, last_number) -%}
    {{ return(adapter.dispatch("integer_series")(first_number, last_number)) }}
{%- endmacro %}

{% macro duckdb__integer_series(first_number, last_number) -%}
    (
        select cast(series.number as integer) as number
        from generate_series({{ first_number }}, {{ last_number }}) as series(number)
    )
{%- endmacro %}

{% macro spark__integer_series(first_number, last_number) -%}
    (select explode(sequence({{ first_number }}, {{ last_number }})) as number)
{%- endmacro %}
