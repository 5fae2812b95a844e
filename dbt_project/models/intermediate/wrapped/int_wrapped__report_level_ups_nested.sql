with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    level_ups as (select * from {{ ref("fct_level_ups") }}),

    newest_level_ups as (
        select
            reports.report_id,
            level_ups.skill,
            level_ups.kind,
            level_ups.level,
            level_ups.reached_at,
            level_ups.is_tracked,
            row_number() over (
                partition by reports.report_id
                order by
                    level_ups.reached_at desc, level_ups.skill, level_ups.level desc, level_ups.kind
            ) as position
        from reports
        inner join
            level_ups
            on reports.player_id = level_ups.player_id
            and reports.profile_number = level_ups.profile_number
            and coalesce(reports.start_date <= level_ups.played_date, true)
            and coalesce(reports.end_date > level_ups.played_date, true)
        -- A document is at most 1 MB: the newest ones.
        qualify position <= {{ var("wrapped_report_level_ups") }}
    ),

    report_level_ups as (
        select
            report_id,
            {{
                ordered_list(
                    object_of(
                        "newest_level_ups", ["skill", "kind", "level", "reached_at", "is_tracked"]
                    ),
                    ["position"],
                )
            }} as level_ups
        from newest_level_ups
        group by report_id
    )

select *
from report_level_ups
