with
    legacy_ticks as (select * from {{ ref("fct_legacy_ticks") }}),

    total_ticks as (
        select username as _id, cast(null as double) as timestamp, ticks_count as value, username
        from legacy_ticks
        where form = '{{ var("wrapped_legacy_form") }}'
    )

select *
from total_ticks
