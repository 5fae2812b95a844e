with
    slides as (select * from {{ ref("fct_report_slides") }}),

    stripped as (
        select
            report_id,
            stat_id,
            replace(
                replace(replace(slide_text, '<b>', ''), '</b>', ''), '<br />', ''
            ) as stripped_text
        from slides
    ),

    foreign_markup as (
        select report_id, stat_id, stripped_text
        from stripped
        where
            stripped_text like '%<%'
            or stripped_text like '%>%'
            or stripped_text like '%"%'
            or {{ regexp_like("stripped_text", "'[{]|&($|[^a-z#])'") }}
    )

select *
from foreign_markup
