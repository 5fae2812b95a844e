with
    parts as (select * from {{ ref("int_spinner__graph_parts_spanned") }}),

    part_edges as (select * from {{ ref("int_spinner__part_edges_counted") }}),

    nodes as (select * from {{ ref("dim_graph_nodes") }}),

    masses as (
        select
            parts.student_key,
            parts.part_kind,
            parts.part_id,
            nodes.node_rank,
            nodes.x,
            nodes.y,
            cast(sum(part_edges.weight) as bigint) as mass,
            count(*) as source_count
        from parts
        inner join
            part_edges
            on parts.student_key = part_edges.student_key
            and parts.part_kind = part_edges.part_kind
            and parts.part_id = part_edges.part_id
        inner join nodes on parts.lab = nodes.lab and part_edges.to_node = nodes.node
        group by
            parts.student_key, parts.part_kind, parts.part_id, nodes.node_rank, nodes.x, nodes.y
    ),

    part_centroids_located as (
        select
            student_key,
            part_kind,
            part_id,
            cast(sum(mass) as bigint) as edge_count,
            cast(sum(source_count) as bigint) as distinct_edge_count,
            {{ ordered_sum("mass * x", ["node_rank"]) }}
            / nullif(cast(sum(mass) as double), 0) as centroid_x,
            {{ ordered_sum("mass * y", ["node_rank"]) }}
            / nullif(cast(sum(mass) as double), 0) as centroid_y
        from masses
        group by student_key, part_kind, part_id
    )

select *
from part_centroids_located
