{#- Columns by which staged rows are in the order in which the old job met their documents: MongoDB sorts
    ObjectIds by their bytes; the rows of a plugin's file follow by the numbers of the rows.
    relation: name of the relation of staged rows. -#}
{% macro document_order(relation) -%}
    cast(case when {{ relation }}.source_kind = 'sqlite' then 10 else 7 end as smallint) as id_rank,
    cast(
        case
            when {{ relation }}.source_kind = 'sqlite'
            then {{ relation }}.id_counter
            -- The seconds are unsigned, their column is not.
            when {{ relation }}.id_time < 0
            then cast({{ relation }}.id_time as bigint) + 4294967296
            else {{ relation }}.id_time
        end as double
    ) as id_number,
    {{ relation }}.id_process,
    cast(
        case
            when {{ relation }}.source_kind = 'sqlite'
            then {{ relation }}.id_time
            else {{ relation }}.id_counter
        end as bigint
    ) as id_counter
{%- endmacro %}
