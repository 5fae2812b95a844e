{#- Incremental strategy `touched_days`: the touched player days are replaced, also by nothing.
    dbt's delete+insert would keep a day whose every row is gone.

    Args:
        arg_dict: What dbt hands to a strategy: target_relation, temp_relation, dest_columns. -#}
{% macro get_incremental_touched_days_sql(arg_dict) %}
    {%- set target = arg_dict["target_relation"] -%}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    delete from {{ target }} as stored
    where
        exists (
            select 1
            from {{ ref("int_wrapped__player_days_touched") }} as touched
            where
                stored.player_id = touched.player_id
                and stored.played_date = touched.played_date
        )
    ;
    insert into {{ target }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
{% endmacro %}
