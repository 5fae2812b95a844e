with
    edges as (select * from {{ ref("fct_student_edges") }}),

    nodes as (select * from {{ ref("dim_graph_nodes") }}),

    commands as (select * from {{ ref("int_spinner__commands_ordered") }}),

    command_counts as (
        select student_key, node, count(*) as command_count from commands group by student_key, node
    ),

    node_counts as (select lab, count(*) as node_count from nodes group by lab),

    incoming as (
        select
            student_key,
            lab,
            to_node as node,
            to_rank as node_rank,
            cast(sum(weight) as bigint) as incoming_weight,
            count(*) filter (where weight > 0) as source_count
        from edges
        group by student_key, lab, to_node, to_rank
    ),

    outgoing as (
        select student_key, from_node as node, cast(sum(weight) as bigint) as outgoing_weight
        from edges
        group by student_key, from_node
    ),

    student_nodes as (
        select
            incoming.student_key,
            incoming.lab,
            incoming.node,
            incoming.node_rank,
            coalesce(command_counts.command_count, 0) as command_count,
            incoming.incoming_weight,
            outgoing.outgoing_weight,
            incoming.source_count,
            cast(incoming.source_count as double)
            / nullif(node_counts.node_count - 1, 0) as in_centrality
        from incoming
        inner join
            outgoing
            on incoming.student_key = outgoing.student_key
            and incoming.node = outgoing.node
        inner join node_counts on incoming.lab = node_counts.lab
        left join
            command_counts
            on incoming.student_key = command_counts.student_key
            and incoming.node = command_counts.node
    )

select *
from student_nodes
