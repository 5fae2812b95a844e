{#- Expression of a select list that makes one row per integer from the first to the last, both
    included, of each row; no row where one of them is null. The last must not be below the first. -#}
{% macro exploded_integers(first_number, last_number) -%}
    {{ return(adapter.dispatch("exploded_integers")(first_number, last_number)) }}
{%- endmacro %}

{% macro duckdb__exploded_integers(first_number, last_number) -%}
    unnest(generate_series({{ first_number }}, {{ last_number }}))
{%- endmacro %}

{% macro spark__exploded_integers(first_number, last_number) -%}
    explode(sequence({{ first_number }}, {{ last_number }}))
{%- endmacro %}
