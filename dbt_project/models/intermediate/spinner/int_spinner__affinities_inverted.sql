with recursive
    student_edges as (select * from {{ ref("fct_student_edges") }}),

    comparison_edges as (select * from {{ ref("fct_comparison_edges") }}),

    edges as (
        select 'student' as owner_kind, student_key as owner_key, from_rank, to_rank, weight
        from student_edges
        union all
        select 'graph' as owner_kind, graph as owner_key, from_rank, to_rank, weight
        from comparison_edges
    ),

    row_sums as (
        select owner_kind, owner_key, from_rank, cast(sum(weight) as double) as row_sum
        from edges
        group by owner_kind, owner_key, from_rank
    ),

    owners as (
        select
            owner_kind,
            owner_key,
            cast(count(*) as integer) as matrix_size,
            1 / (1 + max(row_sum)) as affinity
        from row_sums
        group by owner_kind, owner_key
    ),

    -- I + e²D - eA: diagonally dominant, so that no step divides by zero.
    cells as (
        select
            edges.owner_kind,
            edges.owner_key,
            owners.matrix_size,
            edges.from_rank,
            edges.to_rank,
            case
                when edges.from_rank = edges.to_rank
                then 1 + owners.affinity * owners.affinity * row_sums.row_sum
                else 0
            end
            - owners.affinity * edges.weight as cell
        from edges
        inner join
            row_sums
            on edges.owner_kind = row_sums.owner_kind
            and edges.owner_key = row_sums.owner_key
            and edges.from_rank = row_sums.from_rank
        inner join
            owners on edges.owner_kind = owners.owner_kind and edges.owner_key = owners.owner_key
    ),

    matrices as (
        select
            owner_kind,
            owner_key,
            matrix_size,
            {{ ordered_list("cell", ["from_rank", "to_rank"]) }} as matrix
        from cells
        group by owner_kind, owner_key, matrix_size
    ),

    steps as (
        select owner_kind, owner_key, matrix_size, 0 as step_number, matrix
        from matrices
        union all
        select
            owner_kind,
            owner_key,
            matrix_size,
            step_number + 1 as step_number,
            {{ matrix_pivoted("matrix", "matrix_size", "(step_number + 1)") }} as matrix
        from steps
        where step_number < matrix_size
    ),

    affinities_inverted as (
        select owner_kind, owner_key, matrix_size, matrix as inverse
        from steps
        where step_number = matrix_size
    )

select *
from affinities_inverted
