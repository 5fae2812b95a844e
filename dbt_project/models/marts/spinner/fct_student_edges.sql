with
    students as (select * from {{ ref("dim_lab_students") }}),

    nodes as (select * from {{ ref("dim_graph_nodes") }}),

    commands as (select * from {{ ref("int_spinner__commands_ordered") }}),

    {% if var("spinner_use_former_matrices") %}
        former_edges as (select * from {{ ref("stg_spinner__former_edges") }}),

    {% endif %}
    edges as (
        select student_key, node as from_node, next_node as to_node, count(*) as weight
        from commands
        where next_node is not null
        group by student_key, node, next_node
        {% if var("spinner_use_former_matrices") %}
            union all
            select student_key, from_node, to_node, weight
            from former_edges
        {% endif %}
    ),

    summed_edges as (
        select student_key, from_node, to_node, cast(sum(weight) as bigint) as weight
        from edges
        group by student_key, from_node, to_node
    ),

    student_edges as (
        select
            students.student_key,
            students.lab,
            from_nodes.node as from_node,
            to_nodes.node as to_node,
            from_nodes.node_rank as from_rank,
            to_nodes.node_rank as to_rank,
            coalesce(summed_edges.weight, 0) as weight
        from students
        inner join nodes as from_nodes on students.lab = from_nodes.lab
        inner join nodes as to_nodes on students.lab = to_nodes.lab
        left join
            summed_edges
            on students.student_key = summed_edges.student_key
            and from_nodes.node = summed_edges.from_node
            and to_nodes.node = summed_edges.to_node
    )

select *
from student_edges
