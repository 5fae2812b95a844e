with
    intervals as (select * from {{ ref("int_spinner__capture_intervals_merged") }}),

    gaps as (select * from {{ ref("fct_capture_gaps") }}),

    stretches as (
        select
            stream, cover_kind as stretch_kind, covered_from as from_at, covered_until as until_at
        from intervals
        union all
        select stream, 'gap' as stretch_kind, started_at as from_at, ended_at as until_at
        from gaps
    ),

    stretch_hours as (
        select
            stream,
            stretch_kind,
            from_at,
            until_at,
            {{ exploded_integers(hour_number("from_at"), hour_number("until_at")) }} as hour_number
        from stretches
    ),

    hour_bounds as (
        select
            *,
            {{ epoch_ms_to_timestamp("hour_number * 3600000") }} as hour_started_at,
            {{ epoch_ms_to_timestamp("(hour_number + 1) * 3600000") }} as hour_ended_at
        from stretch_hours
    ),

    stretch_parts as (
        select
            stream,
            stretch_kind,
            hour_started_at,
            {{
                seconds_between(
                    "greatest(from_at, hour_started_at)", "least(until_at, hour_ended_at)"
                )
            }} as overlap_seconds
        from hour_bounds
        where until_at > hour_started_at
    ),

    stream_hours_covered as (
        select
            stream,
            hour_started_at,
            coalesce(
                {{ sum_of_seconds("overlap_seconds", "stretch_kind = 'any'") }}, 0
            ) as covered_seconds,
            coalesce(
                {{ sum_of_seconds("overlap_seconds", "stretch_kind = 'verified'") }}, 0
            ) as verified_seconds,
            count(*) filter (where stretch_kind = 'gap') as gap_count
        from stretch_parts
        group by stream, hour_started_at
    )

select *
from stream_hours_covered
