with
    reports as (select * from {{ ref("int_wrapped__reports_listed") }}),

    player_periods as (select * from {{ ref("fct_player_periods") }}),

    player_days as (select * from {{ ref("fct_player_days") }}),

    hour_periods as (select * from {{ ref("fct_player_hour_periods") }}),

    day_lists as (
        select
            reports.report_id,
            {{
                ordered_list(
                    object(
                        {"date": "player_days.played_date", "ticks": "player_days.ticks_count"}
                    ),
                    ["player_days.played_date"],
                )
            }} as days
        from reports
        inner join
            player_days
            on reports.player_id = player_days.player_id
            and reports.profile_number = player_days.profile_number
            and coalesce(reports.start_date <= player_days.played_date, true)
            and coalesce(reports.end_date > player_days.played_date, true)
        where player_days.ticks_count > 0
        group by reports.report_id
    ),

    hour_lists as (
        select
            reports.report_id,
            {%- set weekdays = [] -%}
            {%- for weekday in range(1, 8) -%}
                {%- set hours = [] -%}
                {%- for hour in range(24) -%}
                    {%- do hours.append(
                        "cast(coalesce(sum(hour_periods.ticks_count) filter (where hour_periods.iso_weekday = "
                        ~ weekday
                        ~ " and hour_periods.local_hour = "
                        ~ hour
                        ~ "), 0) as bigint)"
                    ) -%}
                {%- endfor -%}
                {%- do weekdays.append(list_of(hours)) -%}
            {%- endfor %}
            {{ list_of(weekdays) }} as hours
        from reports
        left join
            hour_periods
            on reports.player_id = hour_periods.player_id
            and reports.profile_number = hour_periods.profile_number
            and reports.period_id = hour_periods.period_id
        group by reports.report_id
    ),

    report_times as (
        select
            reports.report_id,
            {{
                object_of(
                    "player_periods",
                    [
                        "ticks_count",
                        "played_hours",
                        "adjusted_hours",
                        "lost_ticks_count",
                        "credited_lost_ticks_count",
                        "active_hours",
                        "idle_hours",
                        "idle_share",
                        "longest_session_seconds",
                        "longest_session_started_at",
                        "longest_session_ticks_count",
                        "sessions_count",
                        "median_session_seconds",
                        "shortest_break_seconds",
                        "active_days_count",
                        "longest_streak_days",
                        "longest_streak_start_date",
                        "longest_streak_end_date",
                        "longest_full_streak_days",
                        "longest_full_streak_start_date",
                        "longest_full_streak_end_date",
                        "current_streak_days",
                        "busiest_date",
                        "busiest_day_ticks_count",
                        "busiest_week",
                        "busiest_week_ticks_count",
                        "best_month",
                        "best_month_ticks_count",
                        "peak_hour",
                        "chronotype",
                        "first_tick_at",
                        "first_area_id",
                        "last_tick_at",
                        "last_area_id",
                        "weekend_share",
                        "longest_break_seconds",
                        "longest_break_from_at",
                        "longest_break_to_at",
                        "comeback_at",
                        "logins_count",
                        "short_logins_count",
                        "empty_logins_count",
                        "world_hops_count",
                        "overlap_ticks_count",
                        "clock_skewed_sessions_count",
                        "duplicate_rows_count",
                        "profiles_count",
                    ],
                )
            }} as time,
            {{ list_or_empty("day_lists.days") }} as days,
            hour_lists.hours
        from reports
        inner join
            player_periods
            on reports.player_id = player_periods.player_id
            and reports.profile_number = player_periods.profile_number
            and reports.period_id = player_periods.period_id
        left join day_lists on reports.report_id = day_lists.report_id
        inner join hour_lists on reports.report_id = hour_lists.report_id
    )

select *
from report_times
