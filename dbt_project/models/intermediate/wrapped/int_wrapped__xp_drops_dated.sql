with
    xp_gains as (select * from {{ ref("fct_xp_gains") }}),

    periods as (select * from {{ ref("int_wrapped__player_periods_spanned") }}),

    xp_drops_dated as (
        select
            periods.player_id,
            periods.profile_number,
            periods.period_id,
            xp_gains.skill,
            xp_gains.gained_at,
            xp_gains.event_ms,
            xp_gains.gained_xp
        from periods
        inner join
            xp_gains
            on periods.player_id = xp_gains.player_id
            and periods.profile_number = xp_gains.profile_number
            and periods.start_date <= xp_gains.played_date
            and periods.end_date > xp_gains.played_date
        where xp_gains.is_drop
    )

select *
from xp_drops_dated
