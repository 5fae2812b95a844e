with
    students as (select * from {{ ref("dim_lab_students") }}),

    indicators as (select * from {{ ref("fct_student_indicators") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    graph_nodes as (select * from {{ ref("dim_graph_nodes") }}),

    graph_centroids as (
        select
            lab,
            course,
            {{ ordered_map("centroid_key", list_of(["centroid_x", "centroid_y"]), ["task_rank"]) }}
            as centroids
        from graphs
        where centroid_key is not null
        group by lab, course
    ),

    vertex_lists as (
        select
            lab,
            {{
                ordered_list(
                    object({"name": "node", "x": "x", "y": "y"}),
                    ["node_rank"],
                )
            }} as vertices
        from graph_nodes
        group by lab
    ),

    -- The graphs' keys differ from course to course, so this is the one body that is no fixed row.
    answers as (
        select
            students.student_key,
            students.user_id,
            students.lab,
            students.course,
            {{
                merged_json(
                    [
                        object(
                            {
                                "student": "case when indicators.centroid_x is not null then "
                                ~ list_of(["indicators.centroid_x", "indicators.centroid_y"])
                                ~ " end"
                            }
                        ),
                        map_or_empty("graph_centroids.centroids"),
                        object({"vertices": "vertex_lists.vertices"}),
                    ]
                )
            }} as centroids
        from students
        inner join indicators on students.student_key = indicators.student_key
        inner join vertex_lists on students.lab = vertex_lists.lab
        left join
            graph_centroids
            on students.lab = graph_centroids.lab
            and students.course = graph_centroids.course
    )

select *
from answers
