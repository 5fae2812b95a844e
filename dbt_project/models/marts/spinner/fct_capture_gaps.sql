with
    capture_events as (select * from {{ ref("stg_spinner__capture_events") }}),

    intervals as (select * from {{ ref("int_spinner__capture_intervals_merged") }}),

    observed_spans as (
        select
            stream,
            min(event_at) filter (where event_name = 'process_started') as observed_from,
            max(event_at) as observed_until
        from capture_events
        group by stream
    ),

    covers as (
        select stream, interval_number, covered_from, covered_until, end_reason
        from intervals
        where cover_kind = 'any'
    ),

    cover_ends as (
        select stream, interval_number, covered_until as uncovered_from, end_reason
        from covers
        union all
        select
            stream,
            0 as interval_number,
            observed_from as uncovered_from,
            cast(null as string) as end_reason
        from observed_spans
    ),

    stretches as (
        select
            cover_ends.stream,
            greatest(cover_ends.uncovered_from, observed_spans.observed_from) as started_at,
            least(
                coalesce(next_covers.covered_from, observed_spans.observed_until),
                observed_spans.observed_until
            ) as ended_at,
            cover_ends.end_reason as reason_code,
            next_covers.covered_from is null as is_open
        from cover_ends
        inner join observed_spans on cover_ends.stream = observed_spans.stream
        left join
            covers as next_covers
            on cover_ends.stream = next_covers.stream
            and cover_ends.interval_number + 1 = next_covers.interval_number
        where observed_spans.observed_from is not null
    ),

    capture_gaps as (
        select
            stream,
            cast(
                row_number() over (partition by stream order by started_at) as integer
            ) as gap_number,
            started_at,
            ended_at,
            {{ seconds_between("started_at", "ended_at") }} as gap_seconds,
            reason_code,
            is_open
        from stretches
        where ended_at > started_at
    )

select *
from capture_gaps
