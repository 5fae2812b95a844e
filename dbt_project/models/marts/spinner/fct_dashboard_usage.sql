with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    dashboard_usage as (
        select
            student_key,
            case when event_kind = 'request' then 'request' else 'interaction' end as usage_kind,
            content,
            case
                when event_kind = 'dashboard' then replace(verb, 'dashboard-', '')
            end as interaction_type,
            case when event_kind = 'dashboard' then detail end as component,
            count(*) as event_count
        from events
        where event_kind in ('request', 'dashboard')
        group by
            student_key,
            case when event_kind = 'request' then 'request' else 'interaction' end,
            content,
            case when event_kind = 'dashboard' then replace(verb, 'dashboard-', '') end,
            case when event_kind = 'dashboard' then detail end
    )

select *
from dashboard_usage
