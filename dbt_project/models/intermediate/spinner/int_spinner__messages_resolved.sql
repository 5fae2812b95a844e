with
    messages as (select * from {{ ref("int_spinner__messages_parsed") }}),

    labs as (select * from {{ ref("spinner_labs") }}),

    courses as (select * from {{ ref("spinner_courses") }}),

    course_aliases as (select * from {{ ref("spinner_course_aliases") }}),

    -- Names swap in v2: the query's `hardware` is the lab, `exp_id` the hardware.
    worded as (
        select
            *,
            user_id is null and (verb_name is not null or actor_id is not null) as is_v2,
            {{ event_at("coalesce(t_ms, actor_t_ms)") }} as sent_at,
            {{ timestamp_to_epoch_ms("received_at") }} as received_ms,
            case
                when user_id is not null then hardware else coalesce(actor_hardware, hardware)
            end as hardware_code,
            coalesce(
                nullif(
                    case
                        when user_id is not null
                        then course
                        else coalesce(query_course, actor_course, course)
                    end,
                    ''
                ),
                'none'
            ) as course_word
        from messages
    ),

    -- The actor of a v2 event may be the system or a unit, which is no user.
    resolved as (
        select
            worded.*,
            nullif(
                case
                    when not worded.is_v2
                    then worded.user_id
                    when worded.actor_id = 'system' or actor_labs.lab is not null
                    then worded.query_username
                    else coalesce(worded.query_username, worded.actor_id)
                end,
                ''
            ) as resolved_user_id,
            case
                when worded.is_v2
                then
                    coalesce(
                        worded.query_lab,
                        worded.lab,
                        hardware_labs.lab,
                        stream_labs.lab,
                        split_part(worded.object_ui, '-', 1)
                    )
                else worded.lab
            end as resolved_lab,
            coalesce(course_aliases.course, worded.course_word) as resolved_course,
            case
                when hardware_labs.lab is not null then worded.hardware_code
            end as resolved_hardware
        from worded
        left join course_aliases on worded.course_word = course_aliases.alias
        left join labs as hardware_labs on {{ is_unit_of("worded.hardware_code", "hardware_labs") }}
        left join labs as actor_labs on {{ is_unit_of("worded.actor_id", "actor_labs") }}
        left join labs as stream_labs on {{ is_unit_of("worded.stream", "stream_labs") }}
    ),

    messages_resolved as (
        select
            resolved.capture_id,
            resolved.stream,
            resolved.seq,
            resolved.message_hash,
            resolved.occurrence_number,
            resolved.received_at,
            case when resolved.is_v2 then 'v2' else 'v1' end as format,
            resolved.resolved_user_id as user_id,
            resolved.resolved_lab as lab,
            resolved.resolved_course as course,
            resolved.resolved_hardware as hardware,
            resolved.sent_at is null as is_missing_t,
            case
                when resolved.sent_at is null
                then resolved.received_ms
                else coalesce(resolved.t_ms, resolved.actor_t_ms)
            end as t_ms,
            coalesce(
                resolved.sent_at, {{ epoch_ms_to_timestamp("resolved.received_ms") }}
            ) as event_at,
            case
                when resolved.sent_at is not null
                then resolved.received_ms - coalesce(resolved.t_ms, resolved.actor_t_ms)
            end as clock_skew_ms,
            case
                when resolved.resolved_user_id is null
                then 'missing_user'
                when not {{ regexp_like("resolved.resolved_user_id", "'^[A-Za-z0-9-]{1,64}$'") }}
                then 'invalid_user'
                when labs.lab is null
                then 'unknown_lab'
                when courses.course is null
                then 'unknown_course'
                when
                    (resolved.is_v2 and resolved.verb_name is null)
                    or (
                        not resolved.is_v2
                        and coalesce(resolved.message_type, 'none')
                        not in ('analytics', 'log', 'request', 'response', 'feedback')
                    )
                then 'unknown_type'
            end as unplaced_reason,
            resolved.message_type,
            resolved.payload_log,
            resolved.payload_type,
            resolved.payload_component,
            resolved.payload_open,
            resolved.payload_set,
            resolved.payload_target,
            resolved.request_content,
            resolved.request_argument,
            resolved.feedback_state,
            resolved.feedback_subject,
            resolved.verb_name,
            resolved.object_id,
            resolved.object_value,
            resolved.node_word
        from resolved
        left join labs on resolved.resolved_lab = labs.lab
        left join
            courses
            on resolved.resolved_lab = courses.lab
            and resolved.resolved_course = courses.course
    )

select *
from messages_resolved
