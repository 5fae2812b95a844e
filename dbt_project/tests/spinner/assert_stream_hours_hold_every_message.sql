-- Every captured message and its command is in one hour of its stream, and no hour saw more
-- messages
-- than it has.
with
    messages as (select * from {{ ref("int_spinner__messages_deduplicated") }}),

    commands as (select * from {{ ref("int_spinner__commands_ordered") }}),

    stream_hours as (select * from {{ ref("fct_stream_hours") }}),

    witnessed_hours as (select * from {{ ref("int_spinner__stream_hours_witnessed") }}),

    captured as (
        select stream, capture_id, seq from messages where capture_mode in ('relay', 'host')
    ),

    counted_messages as (select stream, count(*) as message_count from captured group by stream),

    counted_commands as (
        select captured.stream, count(*) as command_count
        from captured
        inner join
            commands
            on captured.stream = commands.stream
            and captured.capture_id = commands.capture_id
            and captured.seq = commands.seq
        group by captured.stream
    ),

    hour_sums as (
        select stream, sum(message_count) as message_count, sum(command_count) as command_count
        from stream_hours
        group by stream
    ),

    streams_amiss as (
        select counted_messages.stream, cast(null as timestamp) as hour_started_at
        from counted_messages
        left join counted_commands on counted_messages.stream = counted_commands.stream
        left join hour_sums on counted_messages.stream = hour_sums.stream
        where
            counted_messages.message_count is distinct from hour_sums.message_count
            or coalesce(counted_commands.command_count, 0) is distinct from hour_sums.command_count
        union all
        select witnessed_hours.stream, witnessed_hours.hour_started_at
        from witnessed_hours
        left join
            stream_hours
            on witnessed_hours.stream = stream_hours.stream
            and witnessed_hours.hour_started_at = stream_hours.hour_started_at
        where witnessed_hours.witnessed_count > coalesce(stream_hours.message_count, 0)
    )

select *
from streams_amiss
