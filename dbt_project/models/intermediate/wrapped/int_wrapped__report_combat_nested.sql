with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    combat_periods as (select * from {{ ref("fct_player_combat_periods") }}),

    mob_periods as (select * from {{ ref("fct_player_mob_periods") }}),

    mobs as (select * from {{ ref("dim_mobs") }}),

    top_mobs as (
        select
            reports.report_id,
            mob_periods.mob_key,
            mobs.mob_name,
            mob_periods.combat_level,
            mob_periods.kills_count,
            mob_periods.loot_value_gp,
            row_number() over (
                partition by reports.report_id
                order by mob_periods.kills_count desc, mob_periods.mob_key
            ) as position
        from reports
        inner join
            mob_periods
            on reports.player_id = mob_periods.player_id
            and reports.profile_number = mob_periods.profile_number
            and reports.period_id = mob_periods.period_id
        inner join mobs on mob_periods.mob_key = mobs.mob_key
        qualify position <= {{ var("wrapped_report_list_rows") }}
    ),

    mob_lists as (
        select
            report_id,
            {{
                ordered_list(
                    object_of(
                        "top_mobs",
                        ["mob_key", "mob_name", "combat_level", "kills_count", "loot_value_gp"],
                    ),
                    ["position"],
                )
            }} as mobs
        from top_mobs
        group by report_id
    ),

    report_combat as (
        select
            reports.report_id,
            {{
                object_of(
                    "combat_periods",
                    [
                        "kills_count",
                        "most_killed_mob_key",
                        "deaths_count",
                        "safe_deaths_count",
                        "deadliest_area_id",
                        "first_death_at",
                        "longest_deathless_hours",
                        "combat_hours",
                    ],
                )
            }} as combat,
            {{ list_or_empty("mob_lists.mobs") }} as mobs
        from reports
        inner join
            combat_periods
            on reports.player_id = combat_periods.player_id
            and reports.profile_number = combat_periods.profile_number
            and reports.period_id = combat_periods.period_id
        left join mob_lists on reports.report_id = mob_lists.report_id
    )

select *
from report_combat
