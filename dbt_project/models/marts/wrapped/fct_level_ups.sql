with
    xp_gains as (select * from {{ ref("fct_xp_gains") }}),

    xp_levels as (select * from {{ ref("wrapped_xp_levels") }}),

    thresholds as (
        select level, minimum_xp, case when level <= 99 then 'level' else 'virtual' end as kind
        from xp_levels
        union all
        select
            cast(null as integer) as level,
            {{ var("wrapped_max_xp") }} as minimum_xp,
            'xp_200m' as kind
    ),

    fct_level_ups as (
        select
            xp_gains.player_id,
            xp_gains.profile_number,
            xp_gains.skill,
            thresholds.kind,
            cast(thresholds.level as smallint) as level,
            xp_gains.session_id,
            xp_gains.tick_position,
            xp_gains.gained_at as reached_at,
            xp_gains.event_ms,
            xp_gains.played_date,
            xp_gains.gain_kind = 'tracked' as is_tracked
        from xp_gains
        inner join
            thresholds
            on xp_gains.xp - xp_gains.gained_xp < thresholds.minimum_xp
            and xp_gains.xp >= thresholds.minimum_xp
        where xp_gains.gain_kind <> 'baseline'
    )

select *
from fct_level_ups
