with
    segments as (select * from {{ ref("int_wrapped__segments_bounded") }}),

    profiles_walked as (select * from {{ ref("int_wrapped__profiles_walked") }}),

    overridden_segments as (select * from {{ ref("int_wrapped__segments_overridden") }}),

    segments_in_order as (
        select
            segments.player_id,
            segments.session_id,
            segments.segment_number,
            segments.from_position,
            segments.to_position,
            segments.session_started_ms,
            segments.first_tick,
            segments.last_tick,
            segments.first_event_ms,
            segments.last_event_ms,
            overridden_segments.label as profile_label,
            coalesce(
                overridden_segments.profile_number, profiles_walked.profile_number
            ) as own_profile_number,
            row_number() over (
                partition by segments.player_id
                order by
                    segments.session_started_ms,
                    segments.first_tick,
                    segments.session_id,
                    segments.segment_number
            ) as segment_order
        from segments
        left join
            profiles_walked
            on segments.player_id = profiles_walked.player_id
            and segments.session_id = profiles_walked.session_id
            and segments.segment_number = profiles_walked.segment_number
        left join
            overridden_segments
            on segments.player_id = overridden_segments.player_id
            and segments.session_id = overridden_segments.session_id
            and segments.segment_number = overridden_segments.segment_number
    ),

    segments_with_known as (
        select
            *,
            max(case when own_profile_number is not null then segment_order end) over (
                partition by player_id
                order by segment_order
                rows between unbounded preceding and current row
            ) as known_segment_order
        from segments_in_order
    ),

    session_profiles as (
        select
            segments_with_known.player_id,
            segments_with_known.session_id,
            segments_with_known.segment_number,
            segments_with_known.from_position,
            segments_with_known.to_position,
            segments_with_known.session_started_ms,
            segments_with_known.first_tick,
            segments_with_known.last_tick,
            segments_with_known.first_event_ms,
            segments_with_known.last_event_ms,
            cast(coalesce(known_segments.own_profile_number, 1) as integer) as profile_number,
            known_segments.profile_label
        from segments_with_known
        left join
            segments_in_order as known_segments
            on segments_with_known.player_id = known_segments.player_id
            and segments_with_known.known_segment_order = known_segments.segment_order
    )

select *
from session_profiles
