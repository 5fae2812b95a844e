with
    course_terms as (select * from {{ ref("fct_course_terms") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    part_tasks as (select * from {{ ref("int_spinner__part_tasks_ranked") }}),

    part_indicators as (select * from {{ ref("int_spinner__part_indicators_derived") }}),

    task_distances as (
        select
            part_indicators.lab,
            part_indicators.course,
            part_indicators.term,
            part_tasks.graph,
            count(*) filter (where part_tasks.is_closest) as closest_student_count,
            min(part_tasks.distance) as min_distance,
            percentile_cont(0.25) within group (order by part_tasks.distance) as p25_distance,
            median(part_tasks.distance) as median_distance,
            percentile_cont(0.75) within group (order by part_tasks.distance) as p75_distance,
            max(part_tasks.distance) as max_distance
        from part_indicators
        inner join
            part_tasks
            on part_indicators.student_key = part_tasks.student_key
            and part_indicators.part_kind = part_tasks.part_kind
            and part_indicators.part_id = part_tasks.part_id
        where part_indicators.part_kind = 'term' and part_tasks.distance is not null
        group by part_indicators.lab, part_indicators.course, part_indicators.term, part_tasks.graph
    ),

    -- A term below the cohort minimum meets no distances, so its columns stay null.
    course_term_tasks as (
        select
            course_terms.lab,
            course_terms.course,
            course_terms.term,
            graphs.graph,
            graphs.task_rank,
            task_distances.closest_student_count,
            task_distances.min_distance,
            task_distances.p25_distance,
            task_distances.median_distance,
            task_distances.p75_distance,
            task_distances.max_distance,
            course_terms.is_published
        from course_terms
        inner join
            graphs
            on course_terms.lab = graphs.lab
            and course_terms.course = graphs.course
            and graphs.is_task
        left join
            task_distances
            on course_terms.lab = task_distances.lab
            and course_terms.course = task_distances.course
            and course_terms.term = task_distances.term
            and graphs.graph = task_distances.graph
            and course_terms.is_published
    )

select *
from course_term_tasks
