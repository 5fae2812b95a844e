with
    messages as (select * from {{ ref("int_spinner__messages_deduplicated") }}),

    -- The engine refuses all of a text for half an emoji in it.
    readable as (
        select
            *,
            case
                when is_strict_json then raw_text else {{ strict_json("raw_text") }}
            end as readable_text
        from messages
    ),

    parsed as (
        select
            capture_id,
            stream,
            seq,
            message_hash,
            occurrence_number,
            received_at,
            user_id,
            t_ms,
            lab,
            hardware,
            course,
            message_type,
            intake_query,
            {{
                json_fields(
                    "readable_text",
                    {
                        "content": "string",
                        "graph": "string",
                        "task": "string",
                        "payload": {
                            "log": "string",
                            "type": "string",
                            "component": "string",
                            "name": "string",
                            "open": "string",
                            "content": "string",
                            "graph": "string",
                            "task": "string",
                            "state": "string",
                            "process": "string",
                            "subject": "string",
                            "data": {"set": "string", "target": "string"},
                        },
                        "timestamp": "string",
                        "actor": {"id": "string", "course": "string"},
                        "verb": {"name": "string"},
                        "object": {
                            "id": "string",
                            "ui": "string",
                            "value": "string",
                            "exp_id": "string",
                        },
                        "context": {"exp_id": "string", "graph_node": "string"},
                    },
                )
            }} as document
        from readable
    ),

    messages_parsed as (
        select
            parsed.capture_id,
            parsed.stream,
            parsed.seq,
            parsed.message_hash,
            parsed.occurrence_number,
            parsed.received_at,
            parsed.user_id,
            parsed.t_ms,
            parsed.lab,
            parsed.hardware,
            parsed.course,
            parsed.message_type,
            parsed.document.payload.log as payload_log,
            parsed.document.payload.type as payload_type,
            coalesce(
                parsed.document.payload.component, parsed.document.payload.name
            ) as payload_component,
            parsed.document.payload.open = 'true' as payload_open,
            parsed.document.payload.data.set as payload_set,
            parsed.document.payload.data.target as payload_target,
            coalesce(parsed.document.payload.content, parsed.document.content) as request_content,
            coalesce(
                parsed.document.payload.graph,
                parsed.document.payload.task,
                parsed.document.graph,
                parsed.document.task
            ) as request_argument,
            coalesce(
                parsed.document.payload.state, parsed.document.payload.process
            ) as feedback_state,
            parsed.document.payload.subject as feedback_subject,
            parsed.document.actor.id as actor_id,
            parsed.document.actor.course as actor_course,
            try_cast(parsed.document.timestamp as bigint) as actor_t_ms,
            parsed.document.verb.name as verb_name,
            parsed.document.object.id as object_id,
            parsed.document.object.ui as object_ui,
            parsed.document.object.value as object_value,
            coalesce(
                nullif(parsed.document.context.exp_id, ''),
                nullif(parsed.document.object.exp_id, '')
            ) as actor_hardware,
            parsed.document.context.graph_node as node_word,
            {{ url_query_value("parsed.intake_query", "username") }} as query_username,
            {{ url_query_value("parsed.intake_query", "course") }} as query_course,
            {{ url_query_value("parsed.intake_query", "hardware") }} as query_lab
        from parsed
    )

select *
from messages_parsed
