with
    students as (select * from {{ ref("dim_lab_students") }}),

    graph_nodes as (select * from {{ ref("dim_graph_nodes") }}),

    student_edges as (select * from {{ ref("fct_student_edges") }}),

    student_nodes as (select * from {{ ref("fct_student_nodes") }}),

    node_lists as (
        select
            lab,
            {{ ordered_list(dashboard_node("graph_nodes"), ["graph_nodes.node_rank"]) }} as nodes
        from graph_nodes
        group by lab
    ),

    edge_lists as (
        select
            student_key,
            {{
                ordered_list(
                    dashboard_edge("student_edges"), ["from_rank", "to_rank"], "weight > 0"
                )
            }} as edges
        from student_edges
        group by student_key
    ),

    centralities as (
        select
            student_key,
            {{ object({"in_centrality": ordered_map("node", "in_centrality", ["node_rank"])}) }}
            as node_info
        from student_nodes
        group by student_key
    ),

    answers as (
        select
            students.student_key,
            students.user_id,
            students.lab,
            students.course,
            node_lists.nodes,
            {{ list_or_empty("edge_lists.edges") }} as edges,
            centralities.node_info
        from students
        inner join node_lists on students.lab = node_lists.lab
        left join edge_lists on students.student_key = edge_lists.student_key
        inner join centralities on students.student_key = centralities.student_key
    )

select *
from answers
