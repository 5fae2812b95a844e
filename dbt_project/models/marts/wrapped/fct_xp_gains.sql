with
    stat_changes as (select * from {{ ref("int_wrapped__stat_changes_segmented") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    skills as (select * from {{ ref("wrapped_skills") }}),

    seen_changes as (
        select
            stat_changes.player_id,
            session_profiles.profile_number,
            stat_changes.skill,
            stat_changes.session_id,
            stat_changes.session_started_ms,
            stat_changes.tick_position,
            stat_changes.happened_at,
            stat_changes.event_ms,
            stat_changes.played_date,
            stat_changes.xp,
            stat_changes.is_burst
        from stat_changes
        inner join
            session_profiles
            on stat_changes.player_id = session_profiles.player_id
            and stat_changes.session_id = session_profiles.session_id
            and stat_changes.segment_number = session_profiles.segment_number
    ),

    new_skills as (
        select
            skill,
            cast(live_from as timestamp) as live_at,
            {{ timestamp_to_epoch_ms("cast(live_from as timestamp)") }} as live_ms
        from skills
        where live_from is not null
    ),

    profile_starts as (
        select player_id, profile_number, min(first_event_ms) as first_event_ms
        from session_profiles
        group by player_id, profile_number
    ),

    -- Who played before a skill existed began it at 0, so its first sight is a gain.
    changes as (
        select
            player_id,
            profile_number,
            skill,
            session_id,
            session_started_ms,
            tick_position,
            happened_at,
            event_ms,
            played_date,
            xp,
            is_burst
        from seen_changes
        union all
        select
            profile_starts.player_id,
            profile_starts.profile_number,
            new_skills.skill,
            cast(null as string) as session_id,
            new_skills.live_ms as session_started_ms,
            cast(null as bigint) as tick_position,
            new_skills.live_at as happened_at,
            new_skills.live_ms as event_ms,
            cast(new_skills.live_at as date) as played_date,
            cast(0 as bigint) as xp,
            false as is_burst
        from profile_starts
        inner join new_skills on profile_starts.first_event_ms < new_skills.live_ms
    ),

    changes_in_order as (
        select
            player_id,
            profile_number,
            skill,
            session_id,
            tick_position,
            happened_at,
            event_ms,
            played_date,
            xp,
            is_burst,
            row_number() over (
                partition by player_id, profile_number, skill
                order by
                    session_started_ms,
                    session_id nulls first,
                    tick_position nulls first,
                    event_ms,
                    xp
            ) as chain_position
        from changes
    ),

    compared_changes as (
        select
            *,
            max(xp) over (
                partition by player_id, profile_number, skill
                order by chain_position
                rows between unbounded preceding and 1 preceding
            ) as previous_xp,
            lag(session_id) over (
                partition by player_id, profile_number, skill order by chain_position
            ) as previous_session_id
        from changes_in_order
    ),

    gains as (
        select
            player_id,
            profile_number,
            skill,
            session_id,
            tick_position,
            happened_at,
            event_ms,
            played_date,
            chain_position,
            xp,
            coalesce(xp - previous_xp, 0) as gained_xp,
            case
                when previous_xp is null
                then 'baseline'
                when session_id = previous_session_id
                then 'tracked'
                else 'untracked'
            end as gain_kind,
            is_burst
        from compared_changes
        where previous_xp is null or xp > previous_xp
    ),

    gains_with_next as (
        select
            *,
            gain_kind = 'tracked' and not is_burst as is_drop,
            lead(event_ms) over (
                partition by
                    player_id,
                    profile_number,
                    skill,
                    session_id,
                    gain_kind = 'tracked' and not is_burst
                order by chain_position
            ) as next_event_ms
        from gains
    ),

    -- A case and not `least`, for that ignores the null of a session's last drop.
    fct_xp_gains as (
        select
            player_id,
            profile_number,
            skill,
            session_id,
            tick_position,
            happened_at as gained_at,
            event_ms,
            played_date,
            gain_kind,
            is_burst,
            is_drop,
            xp,
            gained_xp,
            case
                when not is_drop
                then null
                when next_event_ms is null or next_event_ms <= event_ms
                then cast(0 as double)
                when next_event_ms - event_ms > 1000 * {{ var("wrapped_xp_gap_cap_seconds") }}
                then cast({{ var("wrapped_xp_gap_cap_seconds") }} as double)
                else cast(next_event_ms - event_ms as double) / 1000
            end as active_seconds
        from gains_with_next
    )

select *
from fct_xp_gains
