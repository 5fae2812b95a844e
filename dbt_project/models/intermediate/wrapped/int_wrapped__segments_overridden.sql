with
    segments as (select * from {{ ref("int_wrapped__segments_bounded") }}),

    name_segments as (select * from {{ ref("int_wrapped__name_segments_linked") }}),

    profile_overrides as (select * from {{ ref("stg_wrapped__profile_overrides") }}),

    -- A range means whoever held the name in it.
    held_ranges as (
        select
            name_segments.player_id,
            profile_overrides.label,
            greatest(profile_overrides.from_at, name_segments.valid_from) as from_at,
            least(profile_overrides.to_at, name_segments.valid_to) as to_at
        from profile_overrides
        inner join name_segments on profile_overrides.user_key = name_segments.user_key
    ),

    labelled_ranges as (
        select
            player_id,
            label,
            from_at,
            to_at,
            100 + dense_rank() over (partition by player_id order by label) as profile_number
        from held_ranges
        where from_at is null or to_at is null or from_at < to_at
    ),

    -- Ranges that overlap: the label that comes first in the alphabet counts.
    segments_overridden as (
        select
            segments.player_id,
            segments.session_id,
            segments.segment_number,
            labelled_ranges.label,
            cast(labelled_ranges.profile_number as integer) as profile_number
        from segments
        inner join
            labelled_ranges
            on segments.player_id = labelled_ranges.player_id
            and {{ epoch_ms_to_timestamp("segments.first_event_ms") }} >= coalesce(
                labelled_ranges.from_at, {{ epoch_ms_to_timestamp("segments.first_event_ms") }}
            )
            and (
                {{ epoch_ms_to_timestamp("segments.first_event_ms") }} < labelled_ranges.to_at
                or labelled_ranges.to_at is null
            )
        qualify
            row_number() over (
                partition by segments.player_id, segments.session_id, segments.segment_number
                order by labelled_ranges.profile_number, labelled_ranges.from_at
            )
            = 1
    )

select *
from segments_overridden
