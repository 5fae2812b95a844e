with
    player_data as (select * from {{ ref("int_wrapped__player_data_localized") }}),

    control_periods as (select * from {{ ref("stg_wrapped__periods") }}),

    requested_periods as (select * from {{ ref("stg_wrapped__requested_periods") }}),

    -- The operator's table is what people look at, so it wins over a run's request of one day.
    custom_periods as (
        select period_id, label, start_date, end_date
        from control_periods
        union all
        select
            requested_periods.period_id,
            requested_periods.period_id as label,
            requested_periods.start_date,
            requested_periods.end_date
        from requested_periods
        left join control_periods on requested_periods.period_id = control_periods.period_id
        where control_periods.period_id is null
    ),

    days as (
        select day
        from
            {{
                date_series(
                    add_days("cast('" ~ var("wrapped_first_event_date") ~ "' as date)", -1),
                    add_days("current_date", 2),
                )
            }}
    ),

    data_bounds as (
        select min(first_data_date) as first_date, max(data_end_date) as last_date from player_data
    ),

    days_with_data as (
        select days.day
        from days
        inner join
            data_bounds on days.day >= data_bounds.first_date and days.day <= data_bounds.last_date
    ),

    calendar_periods as (
        select
            'year' as period_kind,
            cast(date_trunc('year', day) as date) as start_date,
            cast(date_trunc('year', day) + interval '1 year' as date) as end_date
        from days_with_data
        union
        select
            'month' as period_kind,
            cast(date_trunc('month', day) as date) as start_date,
            cast(date_trunc('month', day) + interval '1 month' as date) as end_date
        from days_with_data
    ),

    dim_periods as (
        select
            'all' as period_id,
            'all' as period_kind,
            'All time' as label,
            cast(null as date) as start_date,
            cast(null as date) as end_date
        union all
        select
            substr(
                cast(start_date as string), 1, case when period_kind = 'year' then 4 else 7 end
            ) as period_id,
            period_kind,
            case
                when period_kind = 'year'
                then substr(cast(start_date as string), 1, 4)
                else {{ format_month("substr(cast(start_date as string), 1, 7)") }}
            end as label,
            start_date,
            end_date
        from calendar_periods
        union all
        select
            period_id,
            'custom' as period_kind,
            coalesce(nullif(trim(label), ''), period_id) as label,
            start_date,
            end_date
        from custom_periods
        where
            {{ regexp_like("period_id", "'^[a-z][a-z0-9-]{0,39}$'") }}
            and period_id <> 'all'
            and start_date < end_date
    )

select *
from dim_periods
