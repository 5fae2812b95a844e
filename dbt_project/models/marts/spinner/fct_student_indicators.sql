with
    students as (select * from {{ ref("dim_lab_students") }}),

    edges as (select * from {{ ref("fct_student_edges") }}),

    student_nodes as (select * from {{ ref("fct_student_nodes") }}),

    nodes as (select * from {{ ref("dim_graph_nodes") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    distances as (select * from {{ ref("fct_task_distances") }}),

    feedback as (select * from {{ ref("fct_affective_feedback") }}),

    edge_counts as (
        select
            student_key,
            cast(sum(weight) as bigint) as edge_count,
            count(*) filter (where weight > 0) as distinct_edge_count
        from edges
        group by student_key
    ),

    centroids as (
        select
            student_nodes.student_key,
            {{
                ordered_sum(
                    "student_nodes.incoming_weight * nodes.x", ["student_nodes.node_rank"]
                )
            }} / nullif(cast(sum(student_nodes.incoming_weight) as double), 0) as centroid_x,
            {{
                ordered_sum(
                    "student_nodes.incoming_weight * nodes.y", ["student_nodes.node_rank"]
                )
            }} / nullif(cast(sum(student_nodes.incoming_weight) as double), 0) as centroid_y
        from student_nodes
        inner join nodes on student_nodes.lab = nodes.lab and student_nodes.node = nodes.node
        group by student_nodes.student_key
    ),

    full_graphs as (select lab, course, graph, total_weight from graphs where graph_kind = 'full'),

    distances_of_use as (
        select
            distances.student_key,
            max(distances.distance) filter (
                where distances.distance_model = 'exploration' and graphs.graph_kind = 'full'
            ) as exploration,
            max(distances.distance) filter (
                where distances.distance_model = 'exploration_legacy' and graphs.graph_kind = 'full'
            ) as exploration_legacy,
            max(distances.graph) filter (
                where distances.distance_model = 'default' and distances.is_closest
            ) as closest_graph,
            max(distances.distance) filter (
                where distances.distance_model = 'default' and distances.is_closest
            ) as closest_distance
        from distances
        inner join graphs on distances.graph = graphs.graph
        group by distances.student_key
    ),

    enjoyments as (
        select student_key, cast(sum(polarity * event_count) as bigint) as enjoyment
        from feedback
        where is_known
        group by student_key
    ),

    measured as (
        select
            students.student_key,
            edge_counts.edge_count,
            edge_counts.distinct_edge_count,
            100.0e0 * edge_counts.edge_count / nullif(full_graphs.total_weight, 0) as edges_percent,
            distances_of_use.exploration,
            distances_of_use.exploration_legacy,
            coalesce(enjoyments.enjoyment, 0) as enjoyment,
            centroids.centroid_x,
            centroids.centroid_y,
            distances_of_use.closest_graph,
            distances_of_use.closest_distance
        from students
        inner join edge_counts on students.student_key = edge_counts.student_key
        left join centroids on students.student_key = centroids.student_key
        left join
            full_graphs on students.lab = full_graphs.lab and students.course = full_graphs.course
        left join distances_of_use on students.student_key = distances_of_use.student_key
        left join enjoyments on students.student_key = enjoyments.student_key
    ),

    student_indicators as (
        select
            student_key,
            edge_count,
            distinct_edge_count,
            edges_percent,
            exploration,
            exploration_legacy,
            {{ exploration_band("exploration") }} as exploration_band,
            enjoyment,
            {{ enjoyment_band("enjoyment") }} as enjoyment_band,
            centroid_x,
            centroid_y,
            closest_graph,
            closest_distance
        from measured
    )

select *
from student_indicators
