with recursive
    stat_changes as (select * from {{ ref("int_wrapped__stat_changes_deduplicated") }}),

    changed_skills as (
        select player_id, session_id, tick_position, skill, max(xp) as xp
        from stat_changes
        where not is_derived_session
        group by player_id, session_id, tick_position, skill
    ),

    -- A burst may slip into the next tick.
    skills_in_two_ticks as (
        select player_id, session_id, tick_position, skill
        from changed_skills
        union
        select earlier.player_id, earlier.session_id, earlier.tick_position, later.skill
        from changed_skills as earlier
        inner join
            changed_skills as later
            on earlier.player_id = later.player_id
            and earlier.session_id = later.session_id
            and earlier.tick_position + 1 = later.tick_position
    ),

    candidates as (
        select player_id, session_id, tick_position
        from skills_in_two_ticks
        group by player_id, session_id, tick_position
        having count(*) >= {{ var("wrapped_burst_min_skills") }}
    ),

    candidates_with_next as (
        select
            player_id,
            session_id,
            tick_position,
            min(tick_position) over (
                partition by player_id, session_id
                order by
                    tick_position
                    range
                    between {{ var("wrapped_burst_ticks") + 1 }} following and unbounded following
            ) as next_tick_position
        from candidates
    ),

    -- A candidate one or two ticks after a burst belongs to that burst.
    bursts as (
        select player_id, session_id, min(tick_position) as burst_tick
        from candidates
        group by player_id, session_id
        union all
        select
            candidates_with_next.player_id,
            candidates_with_next.session_id,
            candidates_with_next.next_tick_position as burst_tick
        from bursts
        inner join
            candidates_with_next
            on bursts.player_id = candidates_with_next.player_id
            and bursts.session_id = candidates_with_next.session_id
            and bursts.burst_tick = candidates_with_next.tick_position
        where candidates_with_next.next_tick_position is not null
    ),

    bursts_with_xp as (
        select
            bursts.player_id,
            bursts.session_id,
            bursts.burst_tick,
            max(changed_skills.xp) filter (where changed_skills.skill <> 'HITPOINTS') as other_xp,
            max(changed_skills.xp) filter (where changed_skills.skill = 'HITPOINTS') as hitpoints_xp
        from bursts
        inner join
            changed_skills
            on bursts.player_id = changed_skills.player_id
            and bursts.session_id = changed_skills.session_id
            and changed_skills.tick_position
            between bursts.burst_tick and bursts.burst_tick + {{ var("wrapped_burst_ticks") }}
        group by bursts.player_id, bursts.session_id, bursts.burst_tick
    ),

    bursts_detected as (
        select
            player_id,
            session_id,
            burst_tick,
            burst_tick + {{ var("wrapped_burst_ticks") }} as last_burst_tick,
            coalesce(
                other_xp = 0
                and coalesce(hitpoints_xp, 0) <= {{ var("wrapped_starting_hitpoints_xp") }}
                and lead(burst_tick) over (partition by player_id, session_id order by burst_tick)
                - burst_tick
                <= {{ var("wrapped_placeholder_ticks") }},
                false
            ) as is_placeholder
        from bursts_with_xp
    )

select *
from bursts_detected
