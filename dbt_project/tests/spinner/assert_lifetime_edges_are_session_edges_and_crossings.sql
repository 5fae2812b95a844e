{{ config(enabled=not var("spinner_use_former_matrices")) }}

with
    student_edges as (select * from {{ ref("fct_student_edges") }}),

    session_edges as (select * from {{ ref("fct_session_edges") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    commands as (select * from {{ ref("fct_lab_commands") }}),

    lifetime_sums as (
        select student_key, sum(weight) as lifetime_weight from student_edges group by student_key
    ),

    session_sums as (
        select student_key, sum(weight) as session_weight from session_edges group by student_key
    ),

    active_sessions as (
        select
            student_key,
            count(*) filter (where command_count > 0) as session_count,
            sum(edge_count) as session_edge_count
        from sessions
        group by student_key
    ),

    command_counts as (
        select student_key, count(*) as command_count from commands group by student_key
    ),

    weights_compared as (
        select
            lifetime_sums.student_key,
            lifetime_sums.lifetime_weight,
            coalesce(session_sums.session_weight, 0) as session_weight,
            coalesce(active_sessions.session_edge_count, 0) as session_edge_count,
            coalesce(active_sessions.session_count, 0) as session_count,
            coalesce(command_counts.command_count, 0) as command_count
        from lifetime_sums
        left join session_sums on lifetime_sums.student_key = session_sums.student_key
        left join active_sessions on lifetime_sums.student_key = active_sessions.student_key
        left join command_counts on lifetime_sums.student_key = command_counts.student_key
    )

select *
from weights_compared
where
    lifetime_weight <> greatest(command_count - 1, 0)
    or lifetime_weight <> session_weight + greatest(session_count - 1, 0)
    or session_edge_count <> session_weight
