with
    messages as (select * from {{ ref("int_spinner__messages_resolved") }}),

    command_words as (select * from {{ ref("spinner_command_words") }}),

    nodes as (select * from {{ ref("spinner_nodes") }}),

    course_aliases as (select * from {{ ref("spinner_course_aliases") }}),

    feedback_states as (select * from {{ ref("spinner_feedback_states") }}),

    feedback_subjects as (select * from {{ ref("spinner_feedback_subjects") }}),

    words_of_any_lab as (
        select word, 'v1' as format
        from command_words
        group by word
        union all
        select node as word, 'v2' as format
        from nodes
        group by node
    ),

    -- Of a slider's events only `changed` counts: a click on it comes as both.
    worded as (
        select
            *,
            concat(lab, ':', course, ':', user_id) as student_key,
            coalesce(request_argument, feedback_subject) as graph_word,
            case
                when format = 'v1' and message_type = 'analytics'
                then coalesce(payload_log, '')
                when format = 'v1'
                then null
                when
                    verb_name = 'pressed-hotkey'
                    or (verb_name = 'changed' and object_id like '%slider')
                    or (verb_name = 'clicked' and coalesce(object_id, '') not like '%slider')
                then nullif(node_word, '')
            end as command_word,
            case
                when {{ regexp_like("verb_name", "'^[a-z][a-z-]{0,39}$'") }}
                then verb_name
                else 'unknown-verb'
            end as verb_word,
            case
                when payload_type in ('mouseenter', 'request', 'feedback', 'show')
                then concat('dashboard-', payload_type)
                else 'dashboard-other'
            end as dashboard_verb,
            try_cast(
                case when format = 'v2' then object_value else payload_set end as double
            ) as sent_value
        from messages
        where unplaced_reason is null
    ),

    looked_up as (
        select
            worded.*,
            coalesce(command_words.node, nodes.node) as node,
            case
                when worded.command_word is null
                then null
                when command_words.node is not null or nodes.node is not null
                then null
                when words_of_any_lab.word is not null
                then 'foreign_word'
                else 'unknown_word'
            end as word_reason,
            replace(
                worded.graph_word,
                concat('-', course_aliases.alias, '-'),
                concat('-', course_aliases.course, '-')
            ) as aliased_graph_word
        from worded
        left join
            command_words
            on worded.lab = command_words.lab
            and worded.command_word = command_words.word
            and worded.format = 'v1'
        left join
            nodes
            on worded.lab = nodes.lab
            and worded.command_word = nodes.node
            and worded.format = 'v2'
        left join
            words_of_any_lab
            on worded.command_word = words_of_any_lab.word
            and worded.format = words_of_any_lab.format
        left join course_aliases on split_part(worded.graph_word, '-', 2) = course_aliases.alias
    ),

    classified as (
        select
            *,
            case
                when node is not null
                then 'command'
                when format = 'v2' and verb_name = 'session-started'
                then 'session_start'
                when format = 'v2' and verb_name = 'session-expired'
                then 'session_end'
                when format = 'v2' and verb_name = 'clicked'
                then 'click'
                when format = 'v2' and verb_name in ('opened-component', 'closed-component')
                then 'component'
                when format = 'v2'
                then 'other_lab'
                when message_type in ('request', 'feedback', 'response')
                then message_type
                when message_type = 'analytics'
                then 'other_lab'
                when payload_log = 'start'
                then 'session_start'
                when payload_log = 'end'
                then 'session_end'
                when payload_log in ('click', 'component')
                then payload_log
                when payload_log = 'analytics-interaction'
                then 'dashboard'
                else 'other_lab'
            end as event_kind
        from looked_up
    ),

    events_unified as (
        select
            classified.student_key,
            classified.user_id,
            classified.lab,
            classified.course,
            classified.hardware,
            classified.stream,
            classified.seq,
            classified.capture_id,
            classified.t_ms,
            classified.event_at,
            classified.received_at,
            classified.message_hash,
            classified.occurrence_number,
            classified.format,
            classified.event_kind,
            case
                when classified.format = 'v2'
                then classified.verb_word
                when classified.event_kind = 'command'
                then 'sent-command'
                when classified.event_kind = 'session_start'
                then 'session-started'
                when classified.event_kind = 'session_end'
                then
                    case
                        when classified.payload_type = 'session-exp'
                        then 'session-expired'
                        else 'session-ended'
                    end
                when classified.event_kind = 'click'
                then 'clicked'
                when classified.event_kind = 'component'
                then
                    case
                        when classified.payload_open then 'opened-component' else 'closed-component'
                    end
                when classified.event_kind = 'dashboard'
                then classified.dashboard_verb
                when classified.message_type = 'analytics'
                then 'unknown-command'
                when classified.payload_log = 'achievements'
                then 'achievements-updated'
                when classified.event_kind = 'other_lab'
                then 'other-log'
            end as verb,
            classified.node,
            case
                when
                    classified.node is not null
                    and abs(classified.sent_value) <= 1.7976931348623157e308
                then classified.sent_value
            end as set_value,
            case
                when classified.event_kind = 'feedback' then classified.feedback_state
            end as state,
            case
                when classified.event_kind = 'feedback'
                then coalesce(classified.aliased_graph_word, classified.graph_word)
            end as subject,
            case
                when classified.event_kind = 'feedback'
                then feedback_states.feedback_kind
                when classified.format = 'v2'
                then classified.object_id
                when classified.event_kind = 'session_end'
                then classified.payload_type
                when classified.event_kind = 'click'
                then classified.payload_target
                when classified.event_kind in ('component', 'dashboard')
                then classified.payload_component
                when classified.event_kind = 'other_lab'
                then classified.payload_log
            end as detail,
            case
                when classified.event_kind in ('request', 'response')
                then classified.request_content
            end as content,
            case
                when classified.event_kind in ('request', 'response')
                then coalesce(classified.aliased_graph_word, classified.graph_word)
            end as argument,
            case
                when classified.event_kind = 'feedback'
                then feedback_states.polarity is not null and feedback_subjects.subject is not null
                when classified.event_kind = 'dashboard'
                then classified.dashboard_verb <> 'dashboard-other'
                when classified.format = 'v2'
                then classified.verb_word <> 'unknown-verb' and classified.word_reason is null
                else
                    classified.word_reason is null
                    and (
                        classified.event_kind <> 'other_lab'
                        or coalesce(classified.payload_log, '') = 'achievements'
                    )
            end as is_known,
            coalesce(
                classified.word_reason, case when classified.is_missing_t then 'missing_t' end
            ) as unplaced_reason,
            classified.clock_skew_ms,
            coalesce(
                abs(classified.clock_skew_ms) > {{ var("spinner_clock_skew_seconds") }} * 1000,
                false
            ) as is_clock_skewed
        from classified
        left join
            feedback_states
            on classified.feedback_state = feedback_states.state
            and classified.event_kind = 'feedback'
        left join
            feedback_subjects
            on coalesce(classified.aliased_graph_word, classified.graph_word)
            = feedback_subjects.subject
            and classified.event_kind = 'feedback'
    )

select *
from events_unified
