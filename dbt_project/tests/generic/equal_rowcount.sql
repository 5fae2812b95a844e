{#- Fails when the model and the other relation have different numbers of rows. -#}
{% test equal_rowcount(model, compare_model) %}

    with
        counted as (
            select
                (select count(*) from {{ model }}) as model_rows_count,
                (select count(*) from {{ compare_model }}) as compared_rows_count
        )

    select *
    from counted
    where model_rows_count <> compared_rows_count

{% endtest %}
