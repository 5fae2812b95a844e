with
    students as (select * from {{ ref("dim_lab_students") }}),

    student_edges as (select * from {{ ref("fct_student_edges") }}),

    graphs as (select * from {{ ref("int_spinner__graphs_listed") }}),

    comparison_edges as (select * from {{ ref("fct_comparison_edges") }}),

    student_graphs as (
        select
            students.student_key,
            graphs.graph,
            graphs.graph_kind,
            graphs.task_rank,
            students.course = graphs.course as is_own_course
        from students
        inner join graphs on students.lab = graphs.lab
        where graphs.is_published
    ),

    cells_paired as (
        select
            student_graphs.student_key,
            student_graphs.graph,
            student_graphs.graph_kind,
            student_graphs.task_rank,
            student_graphs.is_own_course,
            comparison_edges.from_node,
            comparison_edges.to_node,
            comparison_edges.from_rank,
            comparison_edges.to_rank,
            student_edges.weight as student_weight,
            comparison_edges.weight as expected_weight
        from student_graphs
        inner join comparison_edges on student_graphs.graph = comparison_edges.graph
        inner join
            student_edges
            on student_graphs.student_key = student_edges.student_key
            and comparison_edges.from_node = student_edges.from_node
            and comparison_edges.to_node = student_edges.to_node
    )

select *
from cells_paired
