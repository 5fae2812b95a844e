{{ config(materialized="table") }}

with
    connections as (select * from {{ ref("int_spinner__connections_covered") }}),

    covers as (
        select
            stream,
            'any' as cover_kind,
            capture_id,
            connection_id,
            covered_from,
            covered_until,
            end_reason
        from connections
        union all
        select
            stream,
            'verified' as cover_kind,
            capture_id,
            connection_id,
            covered_from,
            covered_until,
            end_reason
        from connections
        where is_verified
    ),

    covers_with_breaks as (
        select
            *,
            case
                when
                    covered_from <= max(covered_until) over (
                        partition by stream, cover_kind
                        order by covered_from, covered_until, capture_id, connection_id
                        rows between unbounded preceding and 1 preceding
                    )
                then 0
                else 1
            end as interval_start
        from covers
    ),

    covers_in_intervals as (
        select
            *,
            cast(
                sum(interval_start) over (
                    partition by stream, cover_kind
                    order by covered_from, covered_until, capture_id, connection_id
                    rows between unbounded preceding and current row
                ) as integer
            ) as interval_number
        from covers_with_breaks
    ),

    -- Of several connections of an interval, the one that lasted longest says how it ended.
    covers_ranked as (
        select
            *,
            row_number() over (
                partition by stream, cover_kind, interval_number
                order by covered_until desc, capture_id, connection_id
            ) as end_rank
        from covers_in_intervals
    ),

    capture_intervals_merged as (
        select
            stream,
            cover_kind,
            interval_number,
            min(covered_from) as covered_from,
            max(covered_until) as covered_until,
            max(end_reason) filter (where end_rank = 1) as end_reason
        from covers_ranked
        group by stream, cover_kind, interval_number
    )

select *
from capture_intervals_merged
