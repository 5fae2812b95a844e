{%- set node = {
    "id": "graph_nodes.node",
    "label": "graph_nodes.node",
    "x": "graph_nodes.screen_x",
    "y": "graph_nodes.screen_y",
    "in_centrality": "owned.in_centrality",
} -%}
{%- set edge = {"from": "from_node", "to": "to_node", "weight": "weight"} -%}
{%- set edge_text = "concat(from_node, ' to ', to_node, ' ', cast(weight as string))" -%}
with
    students as (select * from {{ ref("dim_lab_students") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    graph_nodes as (select * from {{ ref("dim_graph_nodes") }}),

    student_nodes as (select * from {{ ref("fct_student_nodes") }}),

    student_edges as (select * from {{ ref("fct_student_edges") }}),

    comparison_nodes as (select * from {{ ref("fct_comparison_nodes") }}),

    comparison_edges as (select * from {{ ref("fct_comparison_edges") }}),

    owners as (
        select
            student_key as owner_key,
            concat('students/', lab, '/', course) as folder,
            user_id as name,
            'student' as picture_kind,
            user_id,
            concat(lab, ' · ', course, ' · ', left(user_id, 8)) as title
        from students
        union all
        select
            graph as owner_key,
            concat('graphs/', lab) as folder,
            graph as name,
            graph_kind as picture_kind,
            cast(null as string) as user_id,
            label as title
        from graphs
        where is_published
    ),

    owned_nodes as (
        select student_key as owner_key, lab, node, in_centrality
        from student_nodes
        union all
        select graph as owner_key, lab, node, in_centrality
        from comparison_nodes
    ),

    owned_edges as (
        select student_key as owner_key, from_node, to_node, from_rank, to_rank, weight
        from student_edges
        where weight > 0
        union all
        select graph as owner_key, from_node, to_node, from_rank, to_rank, weight
        from comparison_edges
        where weight > 0
    ),

    node_lists as (
        select
            owned.owner_key,
            {{ ordered_list(object(node), ["graph_nodes.node_rank"]) }} as nodes,
            {{ ordered_list("graph_nodes.node", ["graph_nodes.node_rank"]) }} as node_texts
        from owned_nodes as owned
        inner join graph_nodes on owned.lab = graph_nodes.lab and owned.node = graph_nodes.node
        group by owned.owner_key
    ),

    edge_lists as (
        select
            owner_key,
            {{ ordered_list(object(edge), ["from_rank", "to_rank"]) }} as edges,
            {{ ordered_list(edge_text, ["from_rank", "to_rank"]) }} as edge_texts
        from owned_edges
        group by owner_key
    ),

    graph_pictures as (
        select
            concat(owners.folder, '/', owners.name) as _id,
            owners.folder,
            owners.name,
            owners.picture_kind,
            owners.user_id,
            owners.title,
            node_lists.nodes,
            {{ list_or_empty("edge_lists.edges") }} as edges,
            concat(
                'Commands: ',
                {{ joined_text("node_lists.node_texts", "', '") }},
                '. How often one follows another: ',
                coalesce({{ joined_text("edge_lists.edge_texts", "', '") }}, 'never'),
                '.'
            ) as alt_text
        from owners
        inner join node_lists on owners.owner_key = node_lists.owner_key
        left join edge_lists on owners.owner_key = edge_lists.owner_key
        where edge_lists.owner_key is not null or owners.picture_kind <> 'student'
    )

select *
from graph_pictures
