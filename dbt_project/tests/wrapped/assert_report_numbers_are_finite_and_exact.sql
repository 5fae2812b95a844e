with
    slides as (select * from {{ ref("fct_report_slides") }}),

    reports as (select * from {{ ref("exp_wrapped__wrapped_reports") }}),

    -- As text a number that is none shows as a word; the id of an outfit is text already.
    texts as (
        select report_id, cast(detail as string) || coalesce(cast(value as string), '') as numbers
        from slides
        union all
        select
            _id as report_id,
            {{ regexp_replace_all("cast(stats as string)", "'outfit_id.: -?[0-9]+'", "''") }}
            as numbers
        from reports
    ),

    wrong_numbers as (
        select report_id
        from texts
        where
            {{ regexp_like("lower(numbers)", "'(^|[^a-z])-?(nan|inf|infinity)([^a-z]|$)'") }}
            or {{ regexp_like("numbers", "'[=: ,\\[][0-9]{17,}[,}\\]]'") }}
    )

select *
from wrong_numbers
