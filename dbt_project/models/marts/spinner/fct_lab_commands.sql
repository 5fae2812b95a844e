with
    commands as (select * from {{ ref("int_spinner__commands_ordered") }}),

    lab_events as (select * from {{ ref("int_spinner__events_sessionised") }}),

    commands_in_sessions as (
        select commands.*, lab_events.session_number
        from commands
        inner join
            lab_events
            on commands.student_key = lab_events.student_key
            and commands.stream = lab_events.stream
            and commands.capture_id = lab_events.capture_id
            and commands.seq = lab_events.seq
    ),

    lab_commands as (
        select
            student_key,
            command_number,
            user_id,
            lab,
            course,
            session_number,
            stream,
            hardware,
            node,
            next_node,
            set_value,
            t_ms,
            event_at,
            received_at,
            lead(session_number) over commands_in_order as next_session_number,
            lead(hardware) over commands_in_order as next_hardware,
            lead(event_at) over commands_in_order as next_event_at
        from commands_in_sessions
        window commands_in_order as (partition by student_key order by command_number)
    )

select *
from lab_commands
