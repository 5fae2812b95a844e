{#- Why the envelope of an event cannot count: the first rule that it breaks, or null. The arguments
    are expressions: the name as received, its key, epoch milliseconds of the event, and epoch
    milliseconds when it arrived (or was loaded, where the arrival is not known). -#}
{% macro envelope_reject_reason(username, user_key, event_ms, received_ms) -%}
    case
        when {{ username }} is null or {{ user_key }} = ''
        then 'null_username'
        when not {{ regexp_like(user_key, "'^[a-z0-9 ]{1,12}$'") }}
        then 'invalid_username'
        when {{ event_ms }} is null
        then 'missing_timestamp'
        when
            {{ event_ms }}
            < {{
                timestamp_to_epoch_ms(
                    "cast('" ~ var("wrapped_first_event_date") ~ "' as timestamp)"
                )
            }}
        then 'ancient_timestamp'
        when {{ event_ms }} > {{ received_ms }} + 86400000
        then 'future_timestamp'
    end
{%- endmacro %}
