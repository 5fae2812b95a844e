with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    player_periods as (select * from {{ ref("fct_player_periods") }}),

    times as (select * from {{ ref("int_wrapped__report_time_nested") }}),

    xp as (select * from {{ ref("int_wrapped__report_xp_nested") }}),

    level_ups as (select * from {{ ref("int_wrapped__report_level_ups_nested") }}),

    places as (select * from {{ ref("int_wrapped__report_places_nested") }}),

    combat as (select * from {{ ref("int_wrapped__report_combat_nested") }}),

    deaths as (select * from {{ ref("int_wrapped__report_deaths_nested") }}),

    loot as (select * from {{ ref("int_wrapped__report_loot_nested") }}),

    gear as (select * from {{ ref("int_wrapped__report_gear_nested") }}),

    slides as (select * from {{ ref("fct_report_slides") }}),

    slide_definitions as (select * from {{ ref("wrapped_slides") }}),

    slide_counts as (
        select
            slides.report_id,
            count(*) filter (where not slide_definitions.is_always) as optional_slides_count
        from slides
        inner join slide_definitions on slides.stat_id = slide_definitions.stat_id
        group by slides.report_id
    ),

    player_reports as (
        select
            reports.report_id,
            reports.player_id,
            reports.period_id,
            reports.user_key,
            reports.username,
            reports.period_kind,
            reports.period_label,
            reports.start_date,
            reports.end_date,
            reports.time_zone,
            reports.visibility,
            case
                when coalesce(slide_counts.optional_slides_count, 0) = 0
                then 'empty'
                when player_periods.is_complete
                then 'complete'
                else 'so_far'
            end as status,
            player_periods.data_through_at,
            player_periods.first_data_at,
            player_periods.completeness_share,
            player_periods.untracked_xp_share,
            player_periods.rejected_rows_count,
            player_periods.degraded_rows_count,
            player_periods.is_complete,
            times.time,
            times.days,
            times.hours,
            places.movement,
            xp.xp,
            xp.skills,
            {{ list_or_empty("level_ups.level_ups") }} as level_ups,
            combat.combat,
            combat.mobs,
            places.areas,
            {{ list_or_empty("deaths.deaths") }} as deaths,
            loot.loot,
            loot.items,
            gear.gear,
            gear.style
        from reports
        inner join
            player_periods
            on reports.player_id = player_periods.player_id
            and reports.profile_number = player_periods.profile_number
            and reports.period_id = player_periods.period_id
        left join slide_counts on reports.report_id = slide_counts.report_id
        left join times on reports.report_id = times.report_id
        left join xp on reports.report_id = xp.report_id
        left join level_ups on reports.report_id = level_ups.report_id
        left join places on reports.report_id = places.report_id
        left join combat on reports.report_id = combat.report_id
        left join deaths on reports.report_id = deaths.report_id
        left join loot on reports.report_id = loot.report_id
        left join gear on reports.report_id = gear.report_id
    )

select *
from player_reports
