with
    nodes as (select * from {{ ref("spinner_nodes") }}),

    graph_nodes as (
        select lab, node, node_rank, x, y, 200 * x as screen_x, 0 - 200 * y as screen_y from nodes
    )

select *
from graph_nodes
