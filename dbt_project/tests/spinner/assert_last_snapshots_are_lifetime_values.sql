{{ config(enabled=not var("spinner_use_former_matrices")) }}

with
    snapshots as (select * from {{ ref("fct_progress_snapshots") }}),

    indicators as (select * from {{ ref("fct_student_indicators") }}),

    progress_distances as (select * from {{ ref("fct_progress_task_distances") }}),

    task_distances as (select * from {{ ref("fct_task_distances") }}),

    student_nodes as (select * from {{ ref("fct_student_nodes") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    events as (select * from {{ ref("int_spinner__events_unified") }}),

    last_snapshots as (
        select *
        from snapshots
        qualify row_number() over (partition by student_key order by snapshot_date desc) = 1
    ),

    commanding_students as (
        select student_key from student_nodes group by student_key having sum(command_count) > 0
    ),

    -- What is reported after the last date with a command is in no snapshot.
    later_reports as (
        select events.student_key
        from events
        inner join last_snapshots on events.student_key = last_snapshots.student_key
        where
            events.event_kind = 'feedback'
            and events.is_known
            and cast(events.event_at as date) > last_snapshots.snapshot_date
        group by events.student_key
    ),

    values_compared as (
        select
            commanding_students.student_key,
            coalesce(
                last_snapshots.edge_count = indicators.edge_count
                and last_snapshots.distinct_edge_count = indicators.distinct_edge_count
                and last_snapshots.edges_percent is not distinct from indicators.edges_percent
                and last_snapshots.exploration is not distinct from indicators.exploration
                and last_snapshots.exploration_legacy
                is not distinct from indicators.exploration_legacy
                and last_snapshots.centroid_x is not distinct from indicators.centroid_x
                and last_snapshots.centroid_y is not distinct from indicators.centroid_y
                and last_snapshots.closest_graph is not distinct from indicators.closest_graph
                and last_snapshots.closest_distance is not distinct from indicators.closest_distance
                and (
                    last_snapshots.enjoyment = indicators.enjoyment
                    or later_reports.student_key is not null
                ),
                false
            ) as is_equal
        from commanding_students
        left join last_snapshots on commanding_students.student_key = last_snapshots.student_key
        left join indicators on commanding_students.student_key = indicators.student_key
        left join later_reports on commanding_students.student_key = later_reports.student_key
        union all
        select
            last_snapshots.student_key,
            coalesce(
                progress_distances.graph is not null
                and progress_distances.distance is not distinct from task_distances.distance
                and progress_distances.closeness_rank
                is not distinct from task_distances.closeness_rank,
                false
            ) as is_equal
        from last_snapshots
        inner join
            task_distances
            on last_snapshots.student_key = task_distances.student_key
            and task_distances.distance_model = 'default'
        inner join graphs on task_distances.graph = graphs.graph and graphs.is_task
        left join
            progress_distances
            on last_snapshots.student_key = progress_distances.student_key
            and last_snapshots.snapshot_date = progress_distances.snapshot_date
            and task_distances.graph = progress_distances.graph
    )

select *
from values_compared
where not is_equal
