{{ config(enabled=not var("spinner_use_former_matrices")) }}

with
    snapshots as (select * from {{ ref("fct_progress_snapshots") }}),

    indicators as (select * from {{ ref("fct_student_indicators") }}),

    progress_distances as (select * from {{ ref("fct_progress_task_distances") }}),

    task_distances as (select * from {{ ref("fct_task_distances") }}),

    events as (select * from {{ ref("int_spinner__events_unified") }}),

    last_snapshots as (
        select *
        from snapshots
        qualify row_number() over (partition by student_key order by snapshot_date desc) = 1
    ),

    -- What is reported after the last date with a command is in no snapshot.
    last_reports as (
        select student_key, max(cast(event_at as date)) as last_report_date
        from events
        where event_kind = 'feedback' and is_known
        group by student_key
    ),

    indicators_compared as (
        select
            last_snapshots.student_key,
            cast(null as string) as graph,
            last_snapshots.edge_count is distinct from indicators.edge_count
            or last_snapshots.distinct_edge_count is distinct from indicators.distinct_edge_count
            or last_snapshots.edges_percent is distinct from indicators.edges_percent
            or last_snapshots.exploration is distinct from indicators.exploration
            or last_snapshots.exploration_legacy is distinct from indicators.exploration_legacy
            or last_snapshots.centroid_x is distinct from indicators.centroid_x
            or last_snapshots.centroid_y is distinct from indicators.centroid_y
            or last_snapshots.closest_graph is distinct from indicators.closest_graph
            or last_snapshots.closest_distance is distinct from indicators.closest_distance
            or (
                last_snapshots.enjoyment is distinct from indicators.enjoyment
                and last_snapshots.snapshot_date
                >= coalesce(last_reports.last_report_date, last_snapshots.snapshot_date)
            ) as is_different
        from last_snapshots
        inner join indicators on last_snapshots.student_key = indicators.student_key
        left join last_reports on last_snapshots.student_key = last_reports.student_key
    ),

    distances_compared as (
        select
            last_snapshots.student_key,
            task_distances.graph,
            task_distances.distance is distinct from progress_distances.distance
            or task_distances.closeness_rank
            is distinct from progress_distances.closeness_rank as is_different
        from last_snapshots
        inner join
            progress_distances
            on last_snapshots.student_key = progress_distances.student_key
            and last_snapshots.snapshot_date = progress_distances.snapshot_date
        left join
            task_distances
            on progress_distances.student_key = task_distances.student_key
            and progress_distances.graph = task_distances.graph
            and task_distances.distance_model = 'default'
    ),

    compared as (
        select student_key, graph, is_different
        from indicators_compared
        union all
        select student_key, graph, is_different
        from distances_compared
    )

select *
from compared
where is_different
