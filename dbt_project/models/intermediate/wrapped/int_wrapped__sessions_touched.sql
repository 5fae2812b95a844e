{{ config(materialized="table") }}

with
    sessions_changed as (select * from {{ ref("int_wrapped__sessions_changed") }}),

    days_touched as (select * from {{ ref("int_wrapped__player_days_touched") }}),

    stored_session_days as (
        select *
        from
            {{
                stored_rows(
                    "int_wrapped__session_days_counted",
                    {"player_id": "string", "session_id": "string", "played_date": "date"},
                )
            }}
    ),

    sessions_touched as (
        select player_id, session_id
        from sessions_changed
        union
        select stored_session_days.player_id, stored_session_days.session_id
        from stored_session_days
        inner join
            days_touched
            on stored_session_days.player_id = days_touched.player_id
            and stored_session_days.played_date = days_touched.played_date
    )

select *
from sessions_touched
