{%- set edge = {"from": "from_node", "to": "to_node", "weight": "weight"} -%}
{%- set hint_kinds = ["hardware", "hardware_freq", "transition", "transition_freq"] -%}
with
    students as (select * from {{ ref("dim_lab_students") }}),

    summaries as (select * from {{ ref("fct_student_summaries") }}),

    indicators as (select * from {{ ref("fct_student_indicators") }}),

    student_usage as (select * from {{ ref("fct_student_usage") }}),

    graph_nodes as (select * from {{ ref("dim_graph_nodes") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    student_nodes as (select * from {{ ref("fct_student_nodes") }}),

    student_edges as (select * from {{ ref("fct_student_edges") }}),

    distances as (select * from {{ ref("fct_task_distances") }}),

    task_feedback as (select * from {{ ref("fct_task_feedback") }}),

    affective_feedback as (select * from {{ ref("fct_affective_feedback") }}),

    interactions as (select * from {{ ref("fct_student_interactions") }}),

    session_hours as (select * from {{ ref("fct_student_session_hours") }}),

    sessions as (select * from {{ ref("fct_lab_sessions") }}),

    session_edges as (select * from {{ ref("fct_session_edges") }}),

    snapshots as (select * from {{ ref("fct_progress_snapshots") }}),

    snapshot_tasks as (select * from {{ ref("fct_progress_task_distances") }}),

    node_lists as (
        select
            student_nodes.student_key,
            {{ ordered_list(dashboard_node("graph_nodes"), ["graph_nodes.node_rank"]) }} as nodes,
            {{
                ordered_map(
                    "student_nodes.node", "student_nodes.in_centrality", ["graph_nodes.node_rank"]
                )
            }} as in_centrality
        from student_nodes
        inner join
            graph_nodes
            on student_nodes.lab = graph_nodes.lab
            and student_nodes.node = graph_nodes.node
        group by student_nodes.student_key
    ),

    edge_lists as (
        select
            student_key,
            {{
                ordered_list(
                    dashboard_edge("student_edges"), ["from_rank", "to_rank"], "weight > 0"
                )
            }} as edges
        from student_edges
        group by student_key
    ),

    task_lists as (
        select
            distances.student_key,
            {{
                ordered_list(
                    object(
                        {
                            "graph": "graphs.graph",
                            "label": "graphs.label",
                            "kind": "graphs.graph_kind",
                            "distance": "distances.distance",
                            "completion_percent": "distances.completion_percent",
                            "rank": "distances.closeness_rank",
                            "band": "distances.completion_band",
                        }
                    ),
                    ["graphs.task_rank"],
                )
            }} as tasks,
            max(distances.tied_count) filter (where distances.is_closest) as tied_count
        from distances
        inner join graphs on distances.graph = graphs.graph
        where graphs.is_task and distances.distance_model = 'default'
        group by distances.student_key
    ),

    centroid_maps as (
        select
            lab,
            course,
            {{
                ordered_map(
                    "centroid_key", list_of(["centroid_x", "centroid_y"]), ["task_rank", "graph"]
                )
            }} as centroids
        from graphs
        where centroid_key is not null
        group by lab, course
    ),

    hint_lists as (
        select
            student_key,
            graph,
            {%- for kind in hint_kinds %}
                {{ ordered_list("hint_text", ["hint_rank"], "hint_kind = '" ~ kind ~ "'") }}
                as {{ kind }}{{ "," if not loop.last }}
            {%- endfor %}
        from task_feedback
        where is_own_course
        group by student_key, graph
    ),

    feedback_maps as (
        select
            students.student_key,
            {{
                ordered_map(
                    "graphs.graph",
                    object(
                        {
                            "hardware": list_or_empty("hint_lists.hardware"),
                            "hardware_freq": list_or_empty("hint_lists.hardware_freq"),
                            "transition": list_or_empty("hint_lists.transition"),
                            "transition_freq": list_or_empty("hint_lists.transition_freq"),
                        }
                    ),
                    ["graphs.task_rank"],
                )
            }} as feedback
        from students
        inner join
            graphs
            on students.lab = graphs.lab
            and students.course = graphs.course
            and graphs.is_task
        left join
            hint_lists
            on students.student_key = hint_lists.student_key
            and graphs.graph = hint_lists.graph
        group by students.student_key
    ),

    -- A state or subject that is not known may be anything that was typed, so it stays inside.
    reflection_lists as (
        select
            student_key,
            {{
                ordered_list(
                    object({"state": "state", "subject": "subject", "count": "event_count"}),
                    ["state", "subject"],
                )
            }} as reflection
        from affective_feedback
        where is_known
        group by student_key
    ),

    interaction_maps as (
        select student_key, {{ ordered_map("verb", "interaction_count", ["verb"]) }} as interactions
        from interactions
        where is_lab_use
        group by student_key
    ),

    hour_lists as (
        select
            student_key,
            {{
                ordered_list(
                    object({"name": "hour_bin", "count": "session_count"}), ["first_hour"]
                )
            }} as session_bins
        from session_hours
        group by student_key
    ),

    session_edge_lists as (
        select
            student_key,
            session_number,
            {{ ordered_list(object(edge), ["from_node", "to_node"]) }} as edges
        from session_edges
        group by student_key, session_number
    ),

    session_lists as (
        select
            sessions.student_key,
            {{
                ordered_list(
                    "cast(cast(sessions.started_local_at as date) as string)",
                    ["sessions.session_number"],
                )
            }} as session_dates,
            {{
                ordered_list(
                    "substr(cast(sessions.started_local_at as string), 12, 5)",
                    ["sessions.session_number"],
                )
            }} as session_times,
            {{
                ordered_list(
                    object(
                        {
                            "number": "sessions.session_number",
                            "hardware": "sessions.hardware",
                            "started_at": "sessions.started_at",
                            "minutes": "cast(sessions.duration_seconds as double) / 60",
                            "commands": "sessions.command_count",
                            "edges": list_or_empty("session_edge_lists.edges"),
                        }
                    ),
                    ["sessions.session_number"],
                )
            }} as sessions
        from sessions
        left join
            session_edge_lists
            on sessions.student_key = session_edge_lists.student_key
            and sessions.session_number = session_edge_lists.session_number
        group by sessions.student_key
    ),

    snapshot_task_maps as (
        select
            snapshot_tasks.student_key,
            snapshot_tasks.snapshot_date,
            {{ ordered_map("graphs.graph", "snapshot_tasks.distance", ["graphs.task_rank"]) }}
            as tasks
        from snapshot_tasks
        inner join graphs on snapshot_tasks.graph = graphs.graph
        where graphs.is_task
        group by snapshot_tasks.student_key, snapshot_tasks.snapshot_date
    ),

    progress_lists as (
        select
            snapshots.student_key,
            {{
                ordered_list(
                    object(
                        {
                            "date": "snapshots.snapshot_date",
                            "edges": "snapshots.edges_percent",
                            "exploration": "snapshots.exploration",
                            "enjoyment": "snapshots.enjoyment",
                            "centroid": "case when snapshots.centroid_x is not null then "
                            ~ list_of(["snapshots.centroid_x", "snapshots.centroid_y"])
                            ~ " end",
                            "closest": "snapshots.closest_graph",
                            "tasks": map_or_empty("snapshot_task_maps.tasks"),
                        }
                    ),
                    ["snapshots.snapshot_date"],
                )
            }} as progress
        from snapshots
        left join
            snapshot_task_maps
            on snapshots.student_key = snapshot_task_maps.student_key
            and snapshots.snapshot_date = snapshot_task_maps.snapshot_date
        group by snapshots.student_key
    ),

    student_documents as (
        select
            students.student_key as _id,
            1 as schema_version,
            {{
                object(
                    {
                        "user": "students.user_id",
                        "lab": "students.lab",
                        "course": "students.course",
                    }
                )
            }} as student,
            students.last_event_at as data_through,
            {{
                object(
                    {
                        "commands": "summaries.command_count",
                        "edges": "indicators.edge_count",
                        "sessions": "student_usage.session_count",
                        "messages": "students.message_count",
                        "active_days": "student_usage.active_day_count",
                    }
                )
            }} as counts,
            {{
                object(
                    {
                        "nodes": "node_lists.nodes",
                        "edges": list_or_empty("edge_lists.edges"),
                        "in_centrality": "node_lists.in_centrality",
                    }
                )
            }} as graph,
            {{ list_or_empty("task_lists.tasks") }} as tasks,
            {{
                object(
                    {
                        "graph": "indicators.closest_graph",
                        "distance": "indicators.closest_distance",
                        "tied": "task_lists.tied_count",
                    }
                )
            }} as closest,
            {{
                object(
                    {
                        "exploration": "indicators.exploration",
                        "enjoyment": "indicators.enjoyment",
                        "edges": "indicators.edges_percent",
                        "bands": object(
                            {
                                "exploration": "indicators.exploration_band",
                                "enjoyment": "indicators.enjoyment_band",
                            }
                        ),
                        "bars": object(
                            {
                                "exploration": "summaries.exploration_bar_percent",
                                "enjoyment": "summaries.enjoyment_bar_percent",
                                "edges": "summaries.edges_bar_percent",
                            }
                        ),
                    }
                )
            }} as indicators,
            {{
                object(
                    {
                        "student": "case when indicators.centroid_x is not null then "
                        ~ list_of(["indicators.centroid_x", "indicators.centroid_y"])
                        ~ " end",
                        "graphs": map_or_empty("centroid_maps.centroids"),
                    }
                )
            }} as centroids,
            {{ map_or_empty("feedback_maps.feedback") }} as feedback,
            {{ list_or_empty("reflection_lists.reflection") }} as reflection,
            {{
                object(
                    {
                        "interactionCounts": map_or_empty("interaction_maps.interactions"),
                        "numLogs": "student_usage.log_count",
                        "session_dates": list_or_empty("session_lists.session_dates"),
                        "session_times": list_or_empty("session_lists.session_times"),
                        "session_bins": list_or_empty("hour_lists.session_bins"),
                        "total_edges": "indicators.edge_count",
                    }
                )
            }} as usage,
            {{ list_or_empty("session_lists.sessions") }} as sessions,
            {{ list_or_empty("progress_lists.progress") }} as progress,
            {{
                object(
                    {
                        "coverage_share": "summaries.covered_session_share",
                        "skewed_clock": "summaries.is_clock_skewed",
                        "repeated_messages": "summaries.repeated_message_count",
                    }
                )
            }} as data_quality
        from students
        inner join summaries on students.student_key = summaries.student_key
        inner join indicators on students.student_key = indicators.student_key
        inner join student_usage on students.student_key = student_usage.student_key
        inner join node_lists on students.student_key = node_lists.student_key
        left join edge_lists on students.student_key = edge_lists.student_key
        left join task_lists on students.student_key = task_lists.student_key
        left join
            centroid_maps
            on students.lab = centroid_maps.lab
            and students.course = centroid_maps.course
        left join feedback_maps on students.student_key = feedback_maps.student_key
        left join reflection_lists on students.student_key = reflection_lists.student_key
        left join interaction_maps on students.student_key = interaction_maps.student_key
        left join session_lists on students.student_key = session_lists.student_key
        left join hour_lists on students.student_key = hour_lists.student_key
        left join progress_lists on students.student_key = progress_lists.student_key
    )

select *
from student_documents
