{#- Square matrix after one step of Gauss-Jordan inversion in place, without pivoting; after all steps it
    is the inverse. matrix: its cells row by row, an array of doubles; size: its rows; step: the pivot, from 1. -#}
{% macro matrix_pivoted(matrix, size, step) -%}
    {{ return(adapter.dispatch("matrix_pivoted")(matrix, size, step)) }}
{%- endmacro %}

{% macro duckdb__matrix_pivoted(matrix, size, step) -%}
    {%- set pivot = matrix ~ "[(" ~ step ~ " - 1) * " ~ size ~ " + " ~ step ~ "]" -%}
    {%- set in_row = (
        matrix ~ "[(" ~ step ~ " - 1) * " ~ size ~ " + (place - 1) % " ~ size ~ " + 1]"
    ) -%}
    {%- set in_column = matrix ~ "[place - (place - 1) % " ~ size ~ " - 1 + " ~ step ~ "]" -%}
    {%- set is_row = "(place - 1) // " ~ size ~ " + 1 = " ~ step -%}
    {%- set is_column = "(place - 1) % " ~ size ~ " + 1 = " ~ step -%}
    list_transform(
        range(1, len({{ matrix }}) + 1),
        lambda place: case
            when {{ is_row }} and {{ is_column }}
            then 1 / {{ pivot }}
            when {{ is_row }}
            then {{ in_row }} / {{ pivot }}
            when {{ is_column }}
            then 0 - {{ in_column }} / {{ pivot }}
            else {{ matrix }} [place] - {{ in_column }} * {{ in_row }} / {{ pivot }}
        end
    )
{%- endmacro %}

{% macro spark__matrix_pivoted(matrix, size, step) -%}
    {%- set pivot = matrix ~ "[(" ~ step ~ " - 1) * " ~ size ~ " + " ~ step ~ " - 1]" -%}
    {%- set in_row = matrix ~ "[(" ~ step ~ " - 1) * " ~ size ~ " + place % " ~ size ~ "]" -%}
    {%- set in_column = matrix ~ "[place - place % " ~ size ~ " - 1 + " ~ step ~ "]" -%}
    {%- set is_row = "cast(place / " ~ size ~ " as int) + 1 = " ~ step -%}
    {%- set is_column = "place % " ~ size ~ " + 1 = " ~ step -%}
    transform(
        {{ matrix }},
        (cell, place) -> case
            when {{ is_row }} and {{ is_column }}
            then 1 / {{ pivot }}
            when {{ is_row }}
            then {{ in_row }} / {{ pivot }}
            when {{ is_column }}
            then 0 - {{ in_column }} / {{ pivot }}
            else cell - {{ in_column }} * {{ in_row }} / {{ pivot }}
        end
    )
{%- endmacro %}
