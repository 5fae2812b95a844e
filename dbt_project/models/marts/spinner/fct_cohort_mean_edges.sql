with
    commands as (select * from {{ ref("int_spinner__commands_ordered") }}),

    terms as (select * from {{ ref("spinner_terms") }}),

    nodes as (select * from {{ ref("dim_graph_nodes") }}),

    paired as (
        select
            student_key,
            lab,
            course,
            node as from_node,
            next_node as to_node,
            event_at,
            lead(event_at) over (partition by student_key order by command_number) as next_event_at
        from commands
    ),

    -- An edge belongs to a term when both of its commands lie in it.
    term_edges as (
        select
            paired.student_key,
            paired.lab,
            paired.course,
            terms.term,
            paired.from_node,
            paired.to_node
        from paired
        inner join
            terms
            on paired.course = terms.course
            and cast(paired.event_at as date) >= terms.starts_on
            and cast(paired.event_at as date) < terms.ends_on
            and cast(paired.next_event_at as date) >= terms.starts_on
            and cast(paired.next_event_at as date) < terms.ends_on
        where paired.to_node is not null
    ),

    cohorts as (
        select lab, course, term, cast(count(distinct student_key) as integer) as student_count
        from term_edges
        group by lab, course, term
    ),

    edge_sums as (
        select lab, course, term, from_node, to_node, count(*) as weight_sum
        from term_edges
        group by lab, course, term, from_node, to_node
    ),

    means as (
        select
            cohorts.lab,
            cohorts.course,
            cohorts.term,
            from_nodes.node as from_node,
            to_nodes.node as to_node,
            from_nodes.node_rank as from_rank,
            to_nodes.node_rank as to_rank,
            cast(coalesce(edge_sums.weight_sum, 0) as double)
            / cohorts.student_count as mean_weight,
            cohorts.student_count
        from cohorts
        inner join nodes as from_nodes on cohorts.lab = from_nodes.lab
        inner join nodes as to_nodes on cohorts.lab = to_nodes.lab
        left join
            edge_sums
            on cohorts.lab = edge_sums.lab
            and cohorts.course = edge_sums.course
            and cohorts.term = edge_sums.term
            and from_nodes.node = edge_sums.from_node
            and to_nodes.node = edge_sums.to_node
    ),

    cohort_mean_edges as (
        select
            lab,
            course,
            term,
            from_node,
            to_node,
            from_rank,
            to_rank,
            mean_weight,
            cast(floor(mean_weight + 0.5e0) as bigint) as rounded_weight,
            student_count,
            student_count >= {{ var("spinner_min_cohort") }} as is_published
        from means
    )

select *
from cohort_mean_edges
