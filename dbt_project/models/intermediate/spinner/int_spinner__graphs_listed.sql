with
    graphs as (select * from {{ ref("spinner_graphs") }}),

    cohort_mean_edges as (select * from {{ ref("fct_cohort_mean_edges") }}),

    derived_means as (
        select
            concat(lab, '-', course, '-mean-', term) as graph,
            lab,
            course,
            term,
            concat('Mean of ', term) as label,
            min(student_count) as student_count,
            bool_and(is_published) as is_published
        from cohort_mean_edges
        group by lab, course, term
    ),

    graphs_listed as (
        select
            graph,
            lab,
            course,
            graph_kind,
            task_rank,
            label,
            centroid_key,
            cast(null as string) as term,
            cast(null as integer) as student_count,
            true as is_published
        from graphs
        union all
        select
            graph,
            lab,
            course,
            'derived_mean' as graph_kind,
            cast(null as integer) as task_rank,
            label,
            cast(null as string) as centroid_key,
            term,
            student_count,
            is_published
        from derived_means
    )

select *
from graphs_listed
