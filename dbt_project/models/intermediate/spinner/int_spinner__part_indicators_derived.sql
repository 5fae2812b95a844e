{{ config(materialized="table") }}

with
    parts as (select * from {{ ref("int_spinner__graph_parts_spanned") }}),

    centroids as (select * from {{ ref("int_spinner__part_centroids_located") }}),

    distances as (select * from {{ ref("int_spinner__part_distances_measured") }}),

    tasks as (select * from {{ ref("int_spinner__part_tasks_ranked") }}),

    enjoyments as (select * from {{ ref("int_spinner__part_enjoyments_summed") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    full_graphs as (select lab, course, total_weight from graphs where graph_kind = 'full'),

    explorations as (
        select
            student_key,
            part_kind,
            part_id,
            max(distance) filter (where distance_model = 'exploration') as exploration,
            max(distance) filter (where distance_model = 'exploration_legacy') as exploration_legacy
        from distances
        group by student_key, part_kind, part_id
    ),

    part_indicators_derived as (
        select
            parts.student_key,
            parts.lab,
            parts.course,
            parts.part_kind,
            parts.part_id,
            parts.term,
            parts.week_number,
            parts.ends_on,
            coalesce(centroids.edge_count, 0) as edge_count,
            coalesce(centroids.distinct_edge_count, 0) as distinct_edge_count,
            100.0e0
            * coalesce(centroids.edge_count, 0)
            / nullif(full_graphs.total_weight, 0) as edges_percent,
            explorations.exploration,
            explorations.exploration_legacy,
            enjoyments.enjoyment,
            centroids.centroid_x,
            centroids.centroid_y,
            tasks.graph as closest_graph,
            tasks.distance as closest_distance
        from parts
        inner join
            enjoyments
            on parts.student_key = enjoyments.student_key
            and parts.part_kind = enjoyments.part_kind
            and parts.part_id = enjoyments.part_id
        left join
            centroids
            on parts.student_key = centroids.student_key
            and parts.part_kind = centroids.part_kind
            and parts.part_id = centroids.part_id
        left join full_graphs on parts.lab = full_graphs.lab and parts.course = full_graphs.course
        left join
            explorations
            on parts.student_key = explorations.student_key
            and parts.part_kind = explorations.part_kind
            and parts.part_id = explorations.part_id
        left join
            tasks
            on parts.student_key = tasks.student_key
            and parts.part_kind = tasks.part_kind
            and parts.part_id = tasks.part_id
            and tasks.is_closest
    )

select *
from part_indicators_derived
