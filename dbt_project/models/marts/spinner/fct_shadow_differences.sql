with
    responses as (select * from {{ ref("int_spinner__responses_matched") }}),

    leaves as (
        select
            stream,
            message_hash,
            occurrence_number,
            'their' as side,
            {{ exploded(json_leaves("their_text")) }} as leaf
        from responses
        union all
        select
            stream,
            message_hash,
            occurrence_number,
            'our' as side,
            {{ exploded(json_leaves("our_text")) }} as leaf
        from responses
    ),

    leaf_values as (
        select
            leaves.stream,
            leaves.message_hash,
            leaves.occurrence_number,
            leaves.side,
            leaves.leaf.path as value_path,
            leaves.leaf.value as leaf_value
        from leaves
    ),

    -- Edges are told by their ends, not by their place in the list.
    edge_values as (
        select
            stream,
            message_hash,
            occurrence_number,
            side,
            concat(
                'edges.',
                max(leaf_value) filter (where value_path like '%].from'),
                ' to ',
                max(leaf_value) filter (where value_path like '%].to')
            ) as value_name,
            max(leaf_value) filter (where value_path like '%].label') as leaf_value
        from leaf_values
        where value_path like 'edges[%'
        group by stream, message_hash, occurrence_number, side, split_part(value_path, ']', 1)
    ),

    other_values as (
        select stream, message_hash, occurrence_number, side, value_path as value_name, leaf_value
        from leaf_values
        where
            value_path not like 'edges[%'
            and value_path not like 'nodes[%'
            and value_path not in (
                'user', 'type', 'exp', 'course', 'content', 'graph', 'task', 't', 'request_t', 'by'
            )
    ),

    side_values as (
        select stream, message_hash, occurrence_number, side, value_name, leaf_value
        from edge_values
        union all
        select stream, message_hash, occurrence_number, side, value_name, leaf_value
        from other_values
    ),

    paired_values as (
        select
            stream,
            message_hash,
            occurrence_number,
            value_name,
            max(leaf_value) filter (where side = 'their') as their_value,
            max(leaf_value) filter (where side = 'our') as our_value
        from side_values
        group by stream, message_hash, occurrence_number, value_name
    ),

    shadow_differences as (
        select
            responses.stream,
            responses.message_hash,
            responses.occurrence_number,
            paired_values.value_name,
            responses.student_key,
            responses.content,
            responses.argument,
            responses.received_at,
            paired_values.their_value,
            paired_values.our_value,
            case
                when paired_values.their_value not in ('NaN', 'Infinity', '-Infinity')
                then
                    try_cast(paired_values.our_value as double)
                    - try_cast(paired_values.their_value as double)
            end as difference
        from responses
        inner join
            paired_values
            on responses.stream = paired_values.stream
            and responses.message_hash = paired_values.message_hash
            and responses.occurrence_number = paired_values.occurrence_number
    )

select *
from shadow_differences
