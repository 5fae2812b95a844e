with
    session_profiles as (select * from {{ ref("int_wrapped__session_profiles") }}),

    segments as (select * from {{ ref("int_wrapped__segments_bounded") }}),

    vectors as (select * from {{ ref("int_wrapped__segment_xp_vectored") }}),

    fct_login_segments as (
        select
            session_profiles.player_id,
            session_profiles.profile_number,
            session_profiles.session_id,
            session_profiles.segment_number,
            session_profiles.session_started_ms,
            {{ epoch_ms_to_timestamp("session_profiles.first_event_ms") }} as first_event_at,
            {{ epoch_ms_to_timestamp("session_profiles.last_event_ms") }} as last_event_at,
            session_profiles.first_tick,
            session_profiles.last_tick,
            session_profiles.segment_number > 1 as is_hop,
            segments.burst_tick is not null as is_burst,
            segments.burst_tick,
            vectors.start_xp,
            vectors.end_xp
        from session_profiles
        inner join
            segments
            on session_profiles.player_id = segments.player_id
            and session_profiles.session_id = segments.session_id
            and session_profiles.segment_number = segments.segment_number
        left join
            vectors
            on session_profiles.player_id = vectors.player_id
            and session_profiles.session_id = vectors.session_id
            and session_profiles.segment_number = vectors.segment_number
    )

select *
from fct_login_segments
