with recursive
    segments as (select * from {{ ref("int_wrapped__segments_bounded") }}),

    vectors as (select * from {{ ref("int_wrapped__segment_xp_vectored") }}),

    overridden_segments as (select * from {{ ref("int_wrapped__segments_overridden") }}),

    walked_segments as (
        select
            segments.player_id,
            segments.session_id,
            segments.segment_number,
            vectors.start_xp,
            vectors.end_xp,
            row_number() over (
                partition by segments.player_id
                order by
                    segments.session_started_ms,
                    segments.first_tick,
                    segments.session_id,
                    segments.segment_number
            ) as segment_order
        from segments
        inner join
            vectors
            on segments.player_id = vectors.player_id
            and segments.session_id = vectors.session_id
            and segments.segment_number = vectors.segment_number
        left join
            overridden_segments
            on segments.player_id = overridden_segments.player_id
            and segments.session_id = overridden_segments.session_id
            and segments.segment_number = overridden_segments.segment_number
        where overridden_segments.player_id is null
    ),

    -- A login that starts exactly where the last one ended goes with it, without a step of its own.
    compared_segments as (
        select
            player_id,
            session_id,
            segment_number,
            start_xp,
            end_xp,
            segment_order,
            case
                when
                    start_xp is not distinct from lag(end_xp) over (
                        partition by player_id order by segment_order
                    )
                then 0
                else 1
            end as is_new_step
        from walked_segments
    ),

    numbered_segments as (
        select
            player_id,
            session_id,
            segment_number,
            start_xp,
            end_xp,
            segment_order,
            sum(is_new_step) over (
                partition by player_id
                order by segment_order
                rows between unbounded preceding and current row
            ) as step_number
        from compared_segments
    ),

    steps as (
        select
            player_id,
            cast(step_number as integer) as step_number,
            min_by(start_xp, segment_order) as start_xp,
            max_by(end_xp, segment_order) as end_xp
        from numbered_segments
        group by player_id, step_number
    ),

    walk as (
        select
            player_id,
            cast(0 as integer) as step_number,
            {{ no_known_profiles() }} as known_profiles
        from steps
        where step_number = 1
        union all
        select
            steps.player_id,
            steps.step_number,
            {{
                known_profiles_extended(
                    "walk.known_profiles",
                    "steps.start_xp",
                    "steps.end_xp",
                    var("wrapped_rollback_max_xp"),
                    var("wrapped_rollback_max_share"),
                )
            }} as known_profiles
        from walk
        inner join
            steps on walk.player_id = steps.player_id and walk.step_number + 1 = steps.step_number
    ),

    profiles_walked as (
        select
            numbered_segments.player_id,
            numbered_segments.session_id,
            numbered_segments.segment_number,
            {{ array_last("walk.known_profiles") }}.profile_number as profile_number
        from numbered_segments
        inner join
            walk
            on numbered_segments.player_id = walk.player_id
            and numbered_segments.step_number = walk.step_number
    )

select *
from profiles_walked
