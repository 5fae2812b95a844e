with
    events as (select * from {{ ref("int_spinner__events_unified") }}),

    messages as (select * from {{ ref("int_spinner__messages_deduplicated") }}),

    answers as (select * from {{ ref("stg_spinner__answers") }}),

    course_aliases as (select * from {{ ref("spinner_course_aliases") }}),

    responses as (
        select
            events.student_key,
            events.user_id,
            events.lab,
            events.course,
            events.stream,
            events.content,
            events.argument,
            events.received_at,
            events.message_hash,
            events.occurrence_number,
            {{ strict_json("messages.raw_text") }} as their_text
        from events
        inner join
            messages
            on events.stream = messages.stream
            and events.capture_id = messages.capture_id
            and events.seq = messages.seq
        where events.event_kind = 'response'
    ),

    foreign_responses as (
        select *, {{ json_fields("their_text", {"by": "string"}) }} as document from responses
    ),

    shadow_answers as (
        select
            answers.stream,
            answers.capture_id,
            answers.seq,
            answers.user_id,
            answers.lab,
            coalesce(course_aliases.course, answers.course) as course,
            answers.content,
            answers.argument,
            answers.received_at,
            answers.body_text
        from answers
        left join
            course_aliases on coalesce(nullif(answers.course, ''), 'none') = course_aliases.alias
        where answers.outcome = 'shadow' and answers.body_text is not null
    ),

    -- The newest of our answers before theirs is to the same request, for both come at once.
    candidates as (
        select
            foreign_responses.student_key,
            foreign_responses.stream,
            foreign_responses.message_hash,
            foreign_responses.occurrence_number,
            foreign_responses.content,
            coalesce(foreign_responses.argument, shadow_answers.argument) as argument,
            foreign_responses.received_at,
            foreign_responses.their_text,
            shadow_answers.body_text as our_text,
            shadow_answers.capture_id as answer_capture_id,
            shadow_answers.seq as answer_seq
        from foreign_responses
        inner join
            shadow_answers
            on foreign_responses.stream = shadow_answers.stream
            and foreign_responses.user_id = shadow_answers.user_id
            and foreign_responses.lab = shadow_answers.lab
            and foreign_responses.course = shadow_answers.course
            and foreign_responses.content = shadow_answers.content
            and foreign_responses.received_at >= shadow_answers.received_at
            and foreign_responses.received_at
            <= {{ add_minutes("shadow_answers.received_at", var("spinner_shadow_minutes")) }}
        where
            foreign_responses.document.by is distinct from 'tallyhouse'
            and coalesce(foreign_responses.argument = shadow_answers.argument, true)
        qualify
            row_number() over (
                partition by
                    foreign_responses.stream,
                    foreign_responses.message_hash,
                    foreign_responses.occurrence_number
                order by
                    shadow_answers.received_at desc,
                    shadow_answers.seq desc,
                    shadow_answers.capture_id
            )
            = 1
    ),

    responses_matched as (
        select
            student_key,
            stream,
            message_hash,
            occurrence_number,
            content,
            argument,
            received_at,
            their_text,
            our_text
        from candidates
        qualify
            row_number() over (
                partition by answer_capture_id, stream, answer_seq
                order by received_at, message_hash, occurrence_number
            )
            = 1
    )

select *
from responses_matched
