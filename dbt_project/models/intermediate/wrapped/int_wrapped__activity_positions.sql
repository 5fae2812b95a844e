with
    stat_changes as (select * from {{ ref("int_wrapped__stat_changes_segmented") }}),

    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    hits as (select * from {{ ref("int_wrapped__hits_classified") }}),

    loot_drops as (select * from {{ ref("int_wrapped__loot_drops_deduplicated") }}),

    offer_changes as (select * from {{ ref("int_wrapped__offer_changes_deduplicated") }}),

    login_segments as (select * from {{ ref("fct_login_segments") }}),

    -- Of one profile only: a hop to another world shows other xp without any being gained.
    stat_changes_with_best_xp as (
        select
            stat_changes.player_id,
            stat_changes.session_id,
            stat_changes.tick_position,
            stat_changes.xp,
            max(stat_changes.xp) over (
                partition by
                    stat_changes.player_id,
                    stat_changes.session_id,
                    session_profiles.profile_number,
                    stat_changes.skill
                order by stat_changes.tick_position, stat_changes.event_ms, stat_changes.xp
                rows between unbounded preceding and 1 preceding
            ) as best_xp_before
        from stat_changes
        inner join
            session_profiles
            on stat_changes.player_id = session_profiles.player_id
            and stat_changes.session_id = session_profiles.session_id
            and stat_changes.segment_number = session_profiles.segment_number
    ),

    offer_changes_outside_bursts as (
        select offer_changes.player_id, offer_changes.session_id, offer_changes.tick_position
        from offer_changes
        left join
            login_segments
            on offer_changes.player_id = login_segments.player_id
            and offer_changes.session_id = login_segments.session_id
            and offer_changes.tick_position
            between login_segments.burst_tick and login_segments.burst_tick
            + {{ var("wrapped_burst_ticks") }}
        where login_segments.player_id is null
    ),

    activities as (
        select player_id, session_id, tick_position, false as is_hit
        from stat_changes_with_best_xp
        where xp > best_xp_before
        union all
        select player_id, session_id, tick_position, true as is_hit
        from hits
        union all
        select player_id, session_id, tick_position, false as is_hit
        from loot_drops
        union all
        select player_id, session_id, tick_position, false as is_hit
        from offer_changes_outside_bursts
    ),

    activity_positions as (
        select player_id, session_id, tick_position, bool_or(is_hit) as is_hit
        from activities
        group by player_id, session_id, tick_position
    )

select *
from activity_positions
