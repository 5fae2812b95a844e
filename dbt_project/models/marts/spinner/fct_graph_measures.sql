with
    cells as (select * from {{ ref("int_spinner__cells_paired") }}),

    affinities as (select * from {{ ref("int_spinner__affinities_inverted") }}),

    student_affinities as (
        select owner_key as student_key, matrix_size, inverse
        from affinities
        where owner_kind = 'student'
    ),

    graph_affinities as (
        select owner_key as graph, inverse from affinities where owner_kind = 'graph'
    ),

    own_cells as (
        select
            cells.student_key,
            cells.graph,
            cells.from_rank,
            cells.to_rank,
            cast(cells.student_weight as double) as student_weight,
            cast(cells.expected_weight as double) as expected_weight,
            (cells.from_rank - 1) * student_affinities.matrix_size + cells.to_rank as place,
            student_affinities.inverse as student_inverse,
            graph_affinities.inverse as graph_inverse
        from cells
        inner join student_affinities on cells.student_key = student_affinities.student_key
        inner join graph_affinities on cells.graph = graph_affinities.graph
        where cells.is_own_course
    ),

    -- An affinity is never negative but for rounding.
    compared_cells as (
        select
            student_key,
            graph,
            from_rank,
            to_rank,
            student_weight,
            expected_weight,
            abs(student_weight - expected_weight) as difference,
            abs(
                sqrt(greatest({{ array_item("student_inverse", "place") }}, 0))
                - sqrt(greatest({{ array_item("graph_inverse", "place") }}, 0))
            ) as root_difference
        from own_cells
    ),

    graph_measures as (
        select
            student_key,
            graph,
            cast(sum(difference) as bigint) as ged,
            count(*) filter (where (student_weight > 0) <> (expected_weight > 0)) as edge_distance,
            count(*) filter (where student_weight > 0 and expected_weight = 0) as extra_edge_count,
            count(*) filter (
                where student_weight = 0 and expected_weight > 0
            ) as missing_edge_count,
            count(*) filter (where expected_weight > 0) as comparison_edge_count,
            sqrt(sum(difference * difference)) as euclidean_distance,
            {{
                ordered_sum(
                    "difference / nullif(student_weight + expected_weight, 0)",
                    ["from_rank", "to_rank"],
                )
            }} as canberra_distance,
            1
            - sum(least(student_weight, expected_weight))
            / nullif(
                sum(greatest(student_weight, expected_weight)), 0
            ) as weighted_jaccard_distance,
            {{ ordered_sum("root_difference", ["from_rank", "to_rank"]) }} as deltacon_distance
        from compared_cells
        group by student_key, graph
    )

select *
from graph_measures
