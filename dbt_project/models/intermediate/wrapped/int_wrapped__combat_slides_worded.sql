with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    combat_periods as (select * from {{ ref("fct_player_combat_periods") }}),

    mob_periods as (select * from {{ ref("fct_player_mob_periods") }}),

    mobs as (select * from {{ ref("dim_mobs") }}),

    areas as (select * from {{ ref("dim_areas") }}),

    death_causes as (select * from {{ ref("int_wrapped__report_death_causes_ranked") }}),

    reported_combat as (
        select
            reports.report_id,
            combat_periods.kills_count as all_kills_count,
            mob_periods.kills_count,
            mob_periods.combat_level,
            mobs.mob_key,
            mobs.mob_name,
            combat_periods.deaths_count,
            combat_periods.safe_deaths_count,
            combat_periods.deadliest_area_id,
            areas.area_name,
            death_causes.cause_text
        from reports
        left join
            combat_periods
            on reports.player_id = combat_periods.player_id
            and reports.profile_number = combat_periods.profile_number
            and reports.period_id = combat_periods.period_id
        left join mobs on combat_periods.most_killed_mob_key = mobs.mob_key
        left join
            mob_periods
            on combat_periods.player_id = mob_periods.player_id
            and combat_periods.profile_number = mob_periods.profile_number
            and combat_periods.period_id = mob_periods.period_id
            and combat_periods.most_killed_mob_key = mob_periods.mob_key
        left join areas on combat_periods.deadliest_area_id = areas.area_id
        left join death_causes on reports.report_id = death_causes.report_id
    ),

    combat_slides as (
        select
            report_id,
            'most_killed_mob' as stat_id,
            cast(kills_count as double) as value,
            coalesce(kills_count, 0) as things_count,
            'mob' as image_kind,
            mob_key as image_key,
            {{ escape_html("mob_name") }} as word_1,
            coalesce(' (level ' || {{ format_thousands("combat_level") }} || ')', '') as word_2,
            {{ format_thousands("kills_count") }} as word_3,
            cast(null as string) as word_4,
            {{
                map_of_numbers(
                    {"all_kills_count": "all_kills_count", "combat_level": "combat_level"}
                )
            }} as detail
        from reported_combat
        union all
        select
            report_id,
            'deaths' as stat_id,
            cast(deaths_count as double) as value,
            deaths_count as things_count,
            'area' as image_kind,
            deadliest_area_id as image_key,
            {{ format_thousands("deaths_count") }} as word_1,
            coalesce(', most often in ' || {{ escape_html("area_name") }}, '') as word_2,
            coalesce(', mostly by ' || {{ escape_html("cause_text") }}, '') as word_3,
            null as word_4,
            {{ map_of_numbers({"safe_deaths_count": "safe_deaths_count"}) }} as detail
        from reported_combat
    )

select *
from combat_slides
