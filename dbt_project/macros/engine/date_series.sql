{#- Table expression with one column `day`: the dates from the first to the last, both included. -#}
{% macro date_series(first_date, last_date) -%}
    {{ return(adapter.dispatch("date_series")(first_date, last_date)) }}
{%- endmacro %}

{% macro duckdb__date_series(first_date, last_date) -%}
    (
        select cast(series.day as date) as day
        from generate_series({{ first_date }}, {{ last_date }}, interval '1 day') as series(day)
    )
{%- endmacro %}

{% macro spark__date_series(first_date, last_date) -%}
    (select explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day)) as day)
{%- endmacro %}
