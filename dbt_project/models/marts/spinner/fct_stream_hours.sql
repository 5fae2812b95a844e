with
    covered_hours as (select * from {{ ref("int_spinner__stream_hours_covered") }}),

    counted_hours as (select * from {{ ref("int_spinner__stream_hours_counted") }}),

    witnessed_hours as (select * from {{ ref("int_spinner__stream_hours_witnessed") }}),

    hours as (
        select stream, hour_started_at
        from covered_hours
        union
        select stream, hour_started_at
        from counted_hours
    ),

    stream_hours as (
        select
            hours.stream,
            hours.hour_started_at,
            coalesce(covered_hours.covered_seconds, 0) as covered_seconds,
            coalesce(covered_hours.verified_seconds, 0) as verified_seconds,
            coalesce(covered_hours.covered_seconds, 0) / 3600 as coverage_share,
            coalesce(covered_hours.gap_count, 0) as gap_count,
            coalesce(counted_hours.message_count, 0) as message_count,
            coalesce(counted_hours.command_count, 0) as command_count,
            coalesce(counted_hours.glued_frame_count, 0) as glued_frame_count,
            counted_hours.max_frame_parts,
            coalesce(counted_hours.risky_frame_count, 0) as risky_frame_count,
            coalesce(counted_hours.quarantined_count, 0) as quarantined_count,
            coalesce(counted_hours.lost_count, 0) as lost_count,
            cast(witnessed_hours.seen_by_all_count as double)
            / nullif(witnessed_hours.witnessed_count, 0) as seen_by_all_share,
            coalesce(covered_hours.covered_seconds, 0) >= 3600
            and coalesce(counted_hours.risky_frame_count, 0) = 0
            and coalesce(counted_hours.quarantined_count, 0) = 0
            and coalesce(counted_hours.lost_count, 0) = 0 as is_complete
        from hours
        left join
            covered_hours
            on hours.stream = covered_hours.stream
            and hours.hour_started_at = covered_hours.hour_started_at
        left join
            counted_hours
            on hours.stream = counted_hours.stream
            and hours.hour_started_at = counted_hours.hour_started_at
        left join
            witnessed_hours
            on hours.stream = witnessed_hours.stream
            and hours.hour_started_at = witnessed_hours.hour_started_at
    )

select *
from stream_hours
