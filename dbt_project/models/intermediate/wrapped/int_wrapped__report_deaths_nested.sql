with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    own_deaths as (select * from {{ ref("fct_own_deaths") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    newest_deaths as (
        select
            reports.report_id,
            own_deaths.died_at,
            own_deaths.x,
            own_deaths.y,
            own_deaths.area_id,
            areas.area_name,
            own_deaths.cause_kind,
            own_deaths.cause_mob_key,
            own_deaths.is_safe,
            row_number() over (
                partition by reports.report_id
                order by own_deaths.died_at desc, own_deaths.session_id, own_deaths.tick_position
            ) as position
        from reports
        inner join
            own_deaths
            on reports.player_id = own_deaths.player_id
            and reports.profile_number = own_deaths.profile_number
            and coalesce(reports.start_date <= own_deaths.played_date, true)
            and coalesce(reports.end_date > own_deaths.played_date, true)
        left join areas on own_deaths.area_id = areas.area_id
        qualify position <= {{ var("wrapped_report_deaths") }}
    ),

    report_deaths as (
        select
            report_id,
            {{
                ordered_list(
                    object_of(
                        "newest_deaths",
                        [
                            "died_at",
                            "x",
                            "y",
                            "area_id",
                            "area_name",
                            "cause_kind",
                            "cause_mob_key",
                            "is_safe",
                        ],
                    ),
                    ["position"],
                )
            }} as deaths
        from newest_deaths
        group by report_id
    )

select *
from report_deaths
