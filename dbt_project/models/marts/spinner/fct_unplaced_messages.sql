with
    unplaced as (select * from {{ ref("int_spinner__messages_unplaced") }}),

    events as (select * from {{ ref("int_spinner__events_unified") }}),

    flawed as (
        select
            stream, cast(received_at as date) as received_date, unplaced_reason, false as is_placed
        from unplaced
        union all
        select
            stream, cast(received_at as date) as received_date, unplaced_reason, true as is_placed
        from events
        where unplaced_reason is not null
    ),

    unplaced_messages as (
        select stream, received_date, unplaced_reason, is_placed, count(*) as message_count
        from flawed
        group by stream, received_date, unplaced_reason, is_placed
    )

select *
from unplaced_messages
