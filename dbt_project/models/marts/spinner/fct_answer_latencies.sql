with
    answers as (select * from {{ ref("stg_spinner__answers") }}),

    answered as (
        select
            cast(received_at as date) as answered_date,
            coalesce(content, 'none') as content,
            outcome,
            error_code,
            case when outcome in ('sent', 'shadow') then latency_ms end as latency_ms
        from answers
    ),

    answer_latencies as (
        select
            answered_date,
            content,
            count(*) filter (where outcome in ('sent', 'shadow')) as answer_count,
            percentile_cont(0.5) within group (order by latency_ms) as p50_ms,
            percentile_cont(0.95) within group (order by latency_ms) as p95_ms,
            max(latency_ms) as max_ms,
            count(*) filter (where outcome = 'error' or error_code is not null) as error_count,
            count(*) filter (
                where outcome in ('stale', 'coalesced', 'rate_limited')
            ) as unanswered_count
        from answered
        group by answered_date, content
    )

select *
from answer_latencies
