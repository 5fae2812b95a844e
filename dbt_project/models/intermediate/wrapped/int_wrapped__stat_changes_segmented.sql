with
    stat_changes as (select * from {{ ref("int_wrapped__stat_changes_deduplicated") }}),

    segments as (select * from {{ ref("int_wrapped__segments_bounded") }}),

    bursts as (select * from {{ ref("int_wrapped__bursts_detected") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    stat_changes_segmented as (
        select
            stat_changes.player_id,
            stat_changes.session_id,
            segments.segment_number,
            segments.session_started_ms,
            stat_changes.tick_position,
            stat_changes.happened_at,
            stat_changes.event_ms,
            stat_changes.played_date,
            stat_changes.skill,
            skills.skill_number,
            cast(stat_changes.xp as bigint) as xp,
            stat_changes.level,
            stat_changes.boosted_level,
            bursts.burst_tick is not null as is_burst
        from stat_changes
        inner join
            segments
            on stat_changes.player_id = segments.player_id
            and stat_changes.session_id = segments.session_id
            and stat_changes.tick_position
            >= coalesce(segments.from_position, stat_changes.tick_position)
            and (stat_changes.tick_position < segments.to_position or segments.to_position is null)
        inner join skills on stat_changes.skill = skills.skill
        left join
            bursts
            on stat_changes.player_id = bursts.player_id
            and stat_changes.session_id = bursts.session_id
            and stat_changes.tick_position between bursts.burst_tick and bursts.last_burst_tick
        where stat_changes.xp is not null and not coalesce(bursts.is_placeholder, false)
    )

select *
from stat_changes_segmented
