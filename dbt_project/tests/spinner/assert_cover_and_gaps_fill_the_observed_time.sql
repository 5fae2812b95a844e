-- Between the first start of a capture of a stream and its last event every moment is covered or
-- in a gap.
with
    capture_events as (select * from {{ ref("stg_spinner__capture_events") }}),

    intervals as (select * from {{ ref("int_spinner__capture_intervals_merged") }}),

    gaps as (select * from {{ ref("fct_capture_gaps") }}),

    observed_spans as (
        select
            stream,
            min(event_at) filter (where event_name = 'process_started') as observed_from,
            max(event_at) as observed_until
        from capture_events
        group by stream
    ),

    stretches as (
        select stream, covered_from as from_at, covered_until as until_at
        from intervals
        where cover_kind = 'any'
        union all
        select stream, started_at as from_at, ended_at as until_at
        from gaps
    ),

    lengths as (
        select
            observed_spans.stream,
            {{ seconds_between("observed_spans.observed_from", "observed_spans.observed_until") }}
            as observed_seconds,
            coalesce(
                sum(
                    {{
                        seconds_between(
                            "greatest(stretches.from_at, observed_spans.observed_from)",
                            "least(stretches.until_at, observed_spans.observed_until)",
                        )
                    }}
                ),
                0
            ) as known_seconds
        from observed_spans
        left join
            stretches
            on observed_spans.stream = stretches.stream
            and observed_spans.observed_from < stretches.until_at
            and observed_spans.observed_until > stretches.from_at
        group by observed_spans.stream, observed_spans.observed_from, observed_spans.observed_until
    )

-- Each of the two lengths is rounded to milliseconds by stretch.
select *
from lengths
where abs(observed_seconds - known_seconds) > 1
