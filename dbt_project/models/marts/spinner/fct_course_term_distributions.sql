with
    course_terms as (select * from {{ ref("fct_course_terms") }}),

    bins as (select * from {{ ref("spinner_distribution_bins") }}),

    part_indicators as (select * from {{ ref("int_spinner__part_indicators_derived") }}),

    student_measures as (
        select lab, course, term, 'edges_percent' as measure, edges_percent as student_value
        from part_indicators
        where part_kind = 'term' and edge_count > 0
        union all
        select lab, course, term, 'enjoyment' as measure, cast(enjoyment as double) as student_value
        from part_indicators
        where part_kind = 'term' and edge_count > 0
        union all
        select lab, course, term, 'exploration' as measure, exploration as student_value
        from part_indicators
        where part_kind = 'term' and edge_count > 0
    ),

    course_term_distributions as (
        select
            course_terms.lab,
            course_terms.course,
            course_terms.term,
            bins.measure,
            bins.bin_number,
            bins.lower_bound,
            bins.upper_bound,
            bins.label,
            case
                when course_terms.is_published then count(student_measures.student_value)
            end as student_count,
            course_terms.is_published
        from course_terms
        cross join bins
        left join
            student_measures
            on course_terms.lab = student_measures.lab
            and course_terms.course = student_measures.course
            and course_terms.term = student_measures.term
            and bins.measure = student_measures.measure
            and coalesce(bins.lower_bound < student_measures.student_value, true)
            and coalesce(bins.upper_bound >= student_measures.student_value, true)
        group by
            course_terms.lab,
            course_terms.course,
            course_terms.term,
            bins.measure,
            bins.bin_number,
            bins.lower_bound,
            bins.upper_bound,
            bins.label,
            course_terms.is_published
    )

select *
from course_term_distributions
