{{ config(materialized="table") }}

with
    parts as (select * from {{ ref("int_spinner__graph_parts_spanned") }}),

    commands as (select * from {{ ref("fct_lab_commands") }}),

    edge_days as (
        select
            student_key,
            node as from_node,
            next_node as to_node,
            cast(event_at as date) as from_date,
            cast(next_event_at as date) as to_date,
            count(*) as weight
        from commands
        where next_node is not null
        group by student_key, node, next_node, cast(event_at as date), cast(next_event_at as date)
    ),

    part_edges_counted as (
        select
            parts.student_key,
            parts.part_kind,
            parts.part_id,
            edge_days.from_node,
            edge_days.to_node,
            cast(sum(edge_days.weight) as bigint) as weight
        from parts
        inner join
            edge_days
            on parts.student_key = edge_days.student_key
            and parts.ends_on > edge_days.to_date
            and edge_days.from_date >= coalesce(parts.starts_on, edge_days.from_date)
        group by
            parts.student_key,
            parts.part_kind,
            parts.part_id,
            edge_days.from_node,
            edge_days.to_node
    )

select *
from part_edges_counted
