with
    received as (select * from {{ source("raw_spinner", "former_edges") }}),

    course_aliases as (select * from {{ ref("spinner_course_aliases") }}),

    named as (select *, coalesce(nullif(course, ''), 'none') as course_name from received),

    former_edges as (
        select
            concat(
                named.exp,
                ':',
                coalesce(course_aliases.course, named.course_name),
                ':',
                named.user_id
            ) as student_key,
            named.user_id,
            named.exp as lab,
            coalesce(course_aliases.course, named.course_name) as course,
            named.from_node,
            named.to_node,
            named.weight,
            named._dlt_load_id
        from named
        left join course_aliases on named.course_name = course_aliases.alias
        -- A student's matrix counts once, as it was imported last.
        qualify
            row_number() over (
                partition by named.user_id, named.exp, named.course, named.from_node, named.to_node
                order by named._dlt_load_id desc, named.weight desc
            )
            = 1
    )

select *
from former_edges
