with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    slides_worded as (select * from {{ ref("int_wrapped__slides_worded") }}),

    slides as (select * from {{ ref("wrapped_slides") }}),

    slide_texts as (select * from {{ ref("wrapped_slide_texts") }}),

    images as (select * from {{ ref("dim_images") }}),

    shown_slides as (
        select
            reports.report_id,
            reports.player_id,
            reports.period_id,
            slides.slide_number,
            slides.stat_id,
            slides.unit,
            slides_worded.value,
            slides_worded.image_kind,
            slides_worded.image_key,
            slides_worded.word_1,
            slides_worded.word_2,
            slides_worded.word_3,
            slides_worded.word_4,
            slides_worded.detail,
            case
                when coalesce(slides_worded.things_count, 0) = 0
                then 'none'
                when slides_worded.things_count = 1
                then 'one'
                else 'many'
            end as variant
        from reports
        inner join slides_worded on reports.report_id = slides_worded.report_id
        inner join slides on slides_worded.stat_id = slides.stat_id
        where
            slides.is_always
            or (
                slides_worded.value is not null
                and (slides.value_above is null or slides_worded.value > slides.value_above)
                and reports.played_hours >= slides.minimum_played_hours
                and (reports.is_long_period or not slides.is_long_period_only)
            )
    ),

    report_slides as (
        select
            shown_slides.report_id,
            shown_slides.player_id,
            shown_slides.period_id,
            shown_slides.slide_number,
            shown_slides.stat_id,
            coalesce(images.image_url, stat_images.image_url) as image_url,
            {{
                filled_text(
                    "coalesce(own_texts.text, other_texts.text)",
                    [
                        "shown_slides.word_1",
                        "shown_slides.word_2",
                        "shown_slides.word_3",
                        "shown_slides.word_4",
                    ],
                )
            }} as slide_text,
            shown_slides.value,
            shown_slides.unit,
            shown_slides.detail
        from shown_slides
        inner join
            slide_texts as other_texts
            on shown_slides.stat_id = other_texts.stat_id
            and other_texts.variant = 'many'
        left join
            slide_texts as own_texts
            on shown_slides.stat_id = own_texts.stat_id
            and shown_slides.variant = own_texts.variant
        left join
            images
            on shown_slides.image_kind = images.entity_kind
            and shown_slides.image_key = images.entity_key
        inner join
            images as stat_images
            on shown_slides.stat_id = stat_images.entity_key
            and stat_images.entity_kind = 'stat'
    )

select *
from report_slides
