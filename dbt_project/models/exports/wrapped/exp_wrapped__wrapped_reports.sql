with
    reports as (select * from {{ ref("fct_player_reports") }}),

    slides as (select * from {{ ref("fct_report_slides") }}),

    slide_lists as (
        select
            report_id,
            {{
                ordered_list(
                    object(
                        {
                            "stat_id": "stat_id",
                            "image": "image_url",
                            "text": "slide_text",
                            "value": "value",
                            "unit": "unit",
                            "rank": "case when false then "
                            ~ object(
                                {
                                    "top_percent": "cast(null as bigint)",
                                    "metric_rank": "cast(null as bigint)",
                                    "cohort_count": "cast(null as bigint)",
                                }
                            )
                            ~ " end",
                            "detail": "detail",
                        }
                    ),
                    ["slide_number"],
                )
            }} as slides
        from slides
        group by report_id
    ),

    wrapped_reports as (
        select
            reports.report_id as _id,
            1 as schema_version,
            reports.user_key,
            reports.username,
            reports.player_id,
            {{
                object(
                    {
                        "id": "reports.period_id",
                        "kind": "reports.period_kind",
                        "label": "reports.period_label",
                        "start_date": "reports.start_date",
                        "end_date": "reports.end_date",
                        "time_zone": "reports.time_zone",
                    }
                )
            }} as period,
            reports.status,
            reports.visibility,
            {{
                object_of(
                    "reports",
                    [
                        "data_through_at",
                        "first_data_at",
                        "completeness_share",
                        "untracked_xp_share",
                        "rejected_rows_count",
                        "degraded_rows_count",
                        "is_complete",
                    ],
                )
            }} as quality,
            slide_lists.slides,
            {{
                object_of(
                    "reports",
                    [
                        "time",
                        "days",
                        "hours",
                        "movement",
                        "xp",
                        "skills",
                        "level_ups",
                        "combat",
                        "mobs",
                        "areas",
                        "deaths",
                        "loot",
                        "items",
                        "gear",
                        "style",
                    ],
                )
            }} as stats,
            cast(null as string) as content_hash,
            cast(null as string) as run_id,
            cast(null as timestamp) as generated_at
        from reports
        inner join slide_lists on reports.report_id = slide_lists.report_id
    )

select *
from wrapped_reports
