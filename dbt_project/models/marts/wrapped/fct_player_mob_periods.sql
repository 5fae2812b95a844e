with
    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    mob_days as (select * from {{ ref("fct_player_mob_days") }}),

    kills as (select * from {{ ref("fct_kills") }}),

    mob_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            mob_days.mob_key,
            cast(sum(mob_days.kills_count) as bigint) as kills_count,
            cast(sum(mob_days.loot_value_gp) as double) as loot_value_gp
        from periods
        inner join
            mob_days
            on periods.player_id = mob_days.player_id
            and periods.profile_number = mob_days.profile_number
            and periods.start_date <= mob_days.played_date
            and periods.end_date > mob_days.played_date
        group by periods.player_id, periods.profile_number, periods.period_id, mob_days.mob_key
    ),

    level_days as (
        select
            player_id, profile_number, played_date, mob_key, combat_level, count(*) as kills_count
        from kills
        where combat_level is not null
        group by player_id, profile_number, played_date, mob_key, combat_level
    ),

    level_periods as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            level_days.mob_key,
            level_days.combat_level,
            sum(level_days.kills_count) as kills_count
        from periods
        inner join
            level_days
            on periods.player_id = level_days.player_id
            and periods.profile_number = level_days.profile_number
            and periods.start_date <= level_days.played_date
            and periods.end_date > level_days.played_date
        group by
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            level_days.mob_key,
            level_days.combat_level
    ),

    commonest_levels as (
        select *
        from level_periods
        -- One name can have several levels; equally common ones: the higher.
        qualify
            row_number() over (
                partition by player_id, profile_number, period_id, mob_key
                order by kills_count desc, combat_level desc
            )
            = 1
    ),

    player_mob_periods as (
        select
            mob_periods.player_id,
            mob_periods.profile_number,
            mob_periods.period_id,
            mob_periods.mob_key,
            cast(commonest_levels.combat_level as integer) as combat_level,
            mob_periods.kills_count,
            mob_periods.loot_value_gp
        from mob_periods
        left join
            commonest_levels
            on mob_periods.player_id = commonest_levels.player_id
            and mob_periods.profile_number = commonest_levels.profile_number
            and mob_periods.period_id = commonest_levels.period_id
            and mob_periods.mob_key = commonest_levels.mob_key
    )

select *
from player_mob_periods
