with
    messages as (select * from {{ ref("int_spinner__messages_deduplicated") }}),

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
                    "raw_text",
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
        from messages
    ),

    messages_parsed as (
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
            document.payload.log as payload_log,
            document.payload.type as payload_type,
            coalesce(document.payload.component, document.payload.name) as payload_component,
            document.payload.open = 'true' as payload_open,
            document.payload.data.set as payload_set,
            document.payload.data.target as payload_target,
            coalesce(document.payload.content, document.content) as request_content,
            coalesce(
                document.payload.graph, document.payload.task, document.graph, document.task
            ) as request_argument,
            coalesce(document.payload.state, document.payload.process) as feedback_state,
            document.payload.subject as feedback_subject,
            document.actor.id as actor_id,
            document.actor.course as actor_course,
            try_cast(document.timestamp as bigint) as actor_t_ms,
            document.verb.name as verb_name,
            document.object.id as object_id,
            document.object.ui as object_ui,
            document.object.value as object_value,
            coalesce(
                nullif(document.context.exp_id, ''), nullif(document.object.exp_id, '')
            ) as actor_hardware,
            document.context.graph_node as graph_node,
            {{ url_query_value("intake_query", "username") }} as query_username,
            {{ url_query_value("intake_query", "course") }} as query_course,
            {{ url_query_value("intake_query", "hardware") }} as query_lab
        from parsed
    )

select *
from messages_parsed
