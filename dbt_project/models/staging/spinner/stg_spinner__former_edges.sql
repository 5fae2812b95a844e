with
    received as (select * from {{ source("raw_spinner", "former_edges") }}),

    nodes as (select * from {{ ref("spinner_nodes") }}),

    courses as (select * from {{ ref("spinner_courses") }}),

    course_aliases as (select * from {{ ref("spinner_course_aliases") }}),

    named as (
        select received.*, courses.course as course_name
        from received
        left join
            course_aliases on coalesce(nullif(received.course, ''), 'none') = course_aliases.alias
        inner join
            courses
            on received.exp = courses.lab
            and coalesce(course_aliases.course, received.course) = courses.course
    ),

    -- A student's matrix counts once, as it was written last.
    last_written as (
        select *
        from named
        qualify
            dense_rank() over (
                partition by user_id, exp, course_name order by received_at desc, capture_id desc
            )
            = 1
    ),

    -- A bare matrix tells its commands by their rank.
    former_edges as (
        select
            concat(
                last_written.exp, ':', last_written.course_name, ':', last_written.user_id
            ) as student_key,
            last_written.user_id,
            last_written.exp as lab,
            last_written.course_name as course,
            from_nodes.node as from_node,
            to_nodes.node as to_node,
            last_written.weight,
            last_written._dlt_load_id
        from last_written
        inner join
            nodes as from_nodes
            on last_written.exp = from_nodes.lab
            and last_written.from_node in (from_nodes.node, cast(from_nodes.node_rank as string))
        inner join
            nodes as to_nodes
            on last_written.exp = to_nodes.lab
            and last_written.to_node in (to_nodes.node, cast(to_nodes.node_rank as string))
    )

select *
from former_edges
