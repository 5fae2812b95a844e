with
    stream_hours as (select * from {{ ref("fct_stream_hours") }}),

    gaps as (select * from {{ ref("fct_capture_gaps") }}),

    gap_hours as (
        select
            stream,
            gap_number,
            ended_at,
            {{ exploded_integers(hour_number("started_at"), hour_number("ended_at")) }}
            as hour_number
        from gaps
    ),

    gap_days as (
        select
            stream,
            cast({{ epoch_ms_to_timestamp("hour_number * 3600000") }} as date) as observed_date,
            count(distinct gap_number) as gap_count
        from gap_hours
        where ended_at > {{ epoch_ms_to_timestamp("hour_number * 3600000") }}
        group by stream, cast({{ epoch_ms_to_timestamp("hour_number * 3600000") }} as date)
    ),

    summed_days as (
        select
            stream,
            cast(hour_started_at as date) as observed_date,
            {{ sum_of_seconds("covered_seconds") }} as covered_seconds,
            {{ sum_of_seconds("verified_seconds") }} as verified_seconds,
            cast(sum(message_count) as bigint) as message_count,
            cast(sum(command_count) as bigint) as command_count,
            cast(sum(risky_frame_count) as bigint) as risky_frame_count,
            cast(sum(quarantined_count) as bigint) as quarantined_count,
            cast(sum(lost_count) as bigint) as lost_count
        from stream_hours
        group by stream, cast(hour_started_at as date)
    ),

    stream_days as (
        select
            summed_days.stream,
            summed_days.observed_date,
            summed_days.covered_seconds,
            summed_days.verified_seconds,
            summed_days.covered_seconds / 86400 as coverage_share,
            coalesce(gap_days.gap_count, 0) as gap_count,
            summed_days.message_count,
            summed_days.command_count,
            summed_days.risky_frame_count,
            summed_days.quarantined_count,
            summed_days.lost_count
        from summed_days
        left join
            gap_days
            on summed_days.stream = gap_days.stream
            and summed_days.observed_date = gap_days.observed_date
    )

select *
from stream_days
