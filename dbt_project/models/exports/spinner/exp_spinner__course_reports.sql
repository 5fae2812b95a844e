with
    labs as (select * from {{ ref("spinner_labs") }}),

    course_terms as (select * from {{ ref("fct_course_terms") }}),

    graphs as (select * from {{ ref("dim_comparison_graphs") }}),

    graph_nodes as (select * from {{ ref("dim_graph_nodes") }}),

    comparison_nodes as (select * from {{ ref("fct_comparison_nodes") }}),

    comparison_edges as (select * from {{ ref("fct_comparison_edges") }}),

    tasks as (select * from {{ ref("fct_course_term_tasks") }}),

    distributions as (select * from {{ ref("fct_course_term_distributions") }}),

    reflections as (select * from {{ ref("fct_course_term_reflections") }}),

    session_hours as (select * from {{ ref("fct_course_term_session_hours") }}),

    weeks as (select * from {{ ref("fct_course_term_weeks") }}),

    stream_days as (select * from {{ ref("fct_stream_days") }}),

    gaps as (select * from {{ ref("fct_capture_gaps") }}),

    unplaced_messages as (select * from {{ ref("fct_unplaced_messages") }}),

    mean_nodes as (
        select
            comparison_nodes.graph,
            {{
                ordered_list(
                    object(
                        {
                            "id": "graph_nodes.node",
                            "label": "graph_nodes.node",
                            "x": "graph_nodes.screen_x",
                            "y": "graph_nodes.screen_y",
                            "in_centrality": "comparison_nodes.in_centrality",
                        }
                    ),
                    ["graph_nodes.node_rank"],
                )
            }} as nodes
        from comparison_nodes
        inner join
            graph_nodes
            on comparison_nodes.lab = graph_nodes.lab
            and comparison_nodes.node = graph_nodes.node
        group by comparison_nodes.graph
    ),

    mean_edges as (
        select
            graph,
            {{
                ordered_list(
                    object({"from": "from_node", "to": "to_node", "weight": "weight"}),
                    ["from_rank", "to_rank"],
                    "weight > 0",
                )
            }} as edges,
            {{
                ordered_list(
                    "concat(from_node, ' to ', to_node, ' ', cast(weight as string))",
                    ["from_rank", "to_rank"],
                    "weight > 0",
                )
            }} as edge_texts
        from comparison_edges
        group by graph
    ),

    mean_graphs as (
        select
            graphs.lab,
            graphs.course,
            graphs.term,
            {{
                object(
                    {
                        "nodes": "mean_nodes.nodes",
                        "edges": list_or_empty("mean_edges.edges"),
                        "alt_text": "concat('How often one command follows another, on average: ', coalesce("
                        ~ joined_text("mean_edges.edge_texts", "', '")
                        ~ ", 'never'), '.')",
                    }
                )
            }}
            as mean_graph
        from graphs
        inner join mean_nodes on graphs.graph = mean_nodes.graph
        inner join mean_edges on graphs.graph = mean_edges.graph
        where graphs.graph_kind = 'derived_mean' and graphs.is_published
    ),

    task_lists as (
        select
            tasks.lab,
            tasks.course,
            tasks.term,
            {{
                ordered_list(
                    object(
                        {
                            "label": "graphs.label",
                            "closest_student_count": cohort_figure(
                                "tasks.closest_student_count", "tasks.closest_student_count"
                            ),
                            "min_distance": "tasks.min_distance",
                            "p25_distance": "tasks.p25_distance",
                            "median_distance": "tasks.median_distance",
                            "p75_distance": "tasks.p75_distance",
                            "max_distance": "tasks.max_distance",
                        }
                    ),
                    ["graphs.task_rank"],
                )
            }} as tasks
        from tasks
        inner join graphs on tasks.graph = graphs.graph
        group by tasks.lab, tasks.course, tasks.term
    ),

    distribution_lists as (
        select
            lab,
            course,
            term,
            {{
                ordered_list(
                    object(
                        {
                            "measure": "measure",
                            "bin_label": "label",
                            "student_count": cohort_figure("student_count", "student_count"),
                        }
                    ),
                    ["measure", "bin_number"],
                )
            }} as distributions
        from distributions
        group by lab, course, term
    ),

    reflection_lists as (
        select
            reflections.lab,
            reflections.course,
            reflections.term,
            {{
                ordered_list(
                    object(
                        {
                            "state": "reflections.state",
                            "subject": "coalesce(graphs.label, reflections.subject)",
                            "event_count": cohort_figure(
                                "reflections.event_count", "reflections.student_count"
                            ),
                        }
                    ),
                    ["reflections.state", "reflections.subject"],
                )
            }} as reflections
        from reflections
        left join graphs on reflections.subject = graphs.graph
        group by reflections.lab, reflections.course, reflections.term
    ),

    hour_lists as (
        select
            lab,
            course,
            term,
            {{
                ordered_list(
                    object(
                        {
                            "bin_label": "hour_bin",
                            "session_count": cohort_figure("session_count", "student_count"),
                        }
                    ),
                    ["first_hour"],
                )
            }} as session_hours
        from session_hours
        group by lab, course, term
    ),

    week_lists as (
        select
            lab,
            course,
            term,
            {{
                ordered_list(
                    object(
                        {
                            "week_starts_on": "week_starts_on",
                            "session_count": cohort_figure(
                                "session_count", "active_student_count"
                            ),
                            "active_student_count": cohort_figure(
                                "active_student_count", "active_student_count"
                            ),
                            "median_edges_percent": "median_edges_percent",
                            "median_closest_distance": "median_closest_distance",
                        }
                    ),
                    ["week_starts_on"],
                )
            }} as weeks
        from weeks
        group by lab, course, term
    ),

    stream_lists as (
        select
            course_terms.lab,
            course_terms.course,
            course_terms.term,
            stream_days.stream,
            {{
                ordered_list(
                    object(
                        {
                            "date": "stream_days.observed_date",
                            "coverage_share": "stream_days.coverage_share",
                            "gap_count": "stream_days.gap_count",
                            "quarantined_count": "stream_days.quarantined_count",
                        }
                    ),
                    ["stream_days.observed_date"],
                )
            }} as days
        from course_terms
        inner join labs on course_terms.lab = labs.lab
        inner join
            stream_days
            on labs.unit_prefix = left(stream_days.stream, length(labs.unit_prefix))
            and course_terms.starts_on <= stream_days.observed_date
            and course_terms.ends_on > stream_days.observed_date
        group by course_terms.lab, course_terms.course, course_terms.term, stream_days.stream
    ),

    coverage_lists as (
        select
            lab,
            course,
            term,
            {{ ordered_list(object({"stream": "stream", "days": "days"}), ["stream"]) }} as coverage
        from stream_lists
        group by lab, course, term
    ),

    gap_lists as (
        select
            course_terms.lab,
            course_terms.course,
            course_terms.term,
            {{
                ordered_list(
                    object_of(
                        "gaps",
                        [
                            "stream",
                            "started_at",
                            "ended_at",
                            "gap_seconds",
                            "reason_code",
                            "is_open",
                        ],
                    ),
                    ["gaps.stream", "gaps.started_at"],
                )
            }} as gaps
        from course_terms
        inner join labs on course_terms.lab = labs.lab
        inner join
            gaps
            on labs.unit_prefix = left(gaps.stream, length(labs.unit_prefix))
            and cast(gaps.ended_at as date) >= course_terms.starts_on
            and cast(gaps.started_at as date) < course_terms.ends_on
        group by course_terms.lab, course_terms.course, course_terms.term
    ),

    unplaced_lists as (
        select
            course_terms.lab,
            course_terms.course,
            course_terms.term,
            {{
                ordered_list(
                    object(
                        {
                            "stream": "unplaced_messages.stream",
                            "date": "unplaced_messages.received_date",
                            "reason": "unplaced_messages.unplaced_reason",
                            "message_count": "unplaced_messages.message_count",
                        }
                    ),
                    [
                        "unplaced_messages.stream",
                        "unplaced_messages.received_date",
                        "unplaced_messages.unplaced_reason",
                    ],
                    "not unplaced_messages.is_placed",
                )
            }} as unplaced
        from course_terms
        inner join labs on course_terms.lab = labs.lab
        inner join
            unplaced_messages
            on labs.unit_prefix = left(unplaced_messages.stream, length(labs.unit_prefix))
            and course_terms.starts_on <= unplaced_messages.received_date
            and course_terms.ends_on > unplaced_messages.received_date
        group by course_terms.lab, course_terms.course, course_terms.term
    ),

    course_reports as (
        select
            concat(course_terms.lab, ':', course_terms.course, ':', course_terms.term) as _id,
            course_terms.lab,
            course_terms.course,
            course_terms.term,
            concat(labs.label, ' · ', course_terms.course, ' · ', course_terms.term) as title,
            course_terms.starts_on,
            course_terms.ends_on,
            {{ var("spinner_min_cohort") }} as min_cohort,
            {{
                object(
                    {
                        "students": cohort_figure(
                            "course_terms.student_count", "course_terms.student_count"
                        ),
                        "active_students": cohort_figure(
                            "course_terms.active_student_count",
                            "course_terms.active_student_count",
                        ),
                        "commands": cohort_figure(
                            "course_terms.command_count", "course_terms.command_student_count"
                        ),
                        "sessions": cohort_figure(
                            "course_terms.session_count", "course_terms.session_student_count"
                        ),
                        "session_hours": cohort_figure(
                            "course_terms.session_hours", "course_terms.session_student_count"
                        ),
                        "median_commands": "course_terms.median_commands",
                        "median_edges_percent": "course_terms.median_edges_percent",
                        "median_exploration": "course_terms.median_exploration",
                        "median_enjoyment": "course_terms.median_enjoyment",
                    }
                )
            }} as counts,
            mean_graphs.mean_graph,
            {{ list_or_empty("task_lists.tasks") }} as tasks,
            {{ list_or_empty("distribution_lists.distributions") }} as distributions,
            {{ list_or_empty("reflection_lists.reflections") }} as reflections,
            {{ list_or_empty("hour_lists.session_hours") }} as session_hours,
            {{ list_or_empty("week_lists.weeks") }} as weeks,
            {{ list_or_empty("coverage_lists.coverage") }} as coverage,
            {{ list_or_empty("gap_lists.gaps") }} as gaps,
            {{ list_or_empty("unplaced_lists.unplaced") }} as unplaced
        from course_terms
        inner join labs on course_terms.lab = labs.lab
        {%- for list in [
                "mean_graphs",
                "task_lists",
                "distribution_lists",
                "reflection_lists",
                "hour_lists",
                "week_lists",
                "coverage_lists",
                "gap_lists",
                "unplaced_lists",
            ] %}
            left join
                {{ list }}
                on course_terms.lab = {{ list }}.lab
                and course_terms.course = {{ list }}.course
                and course_terms.term = {{ list }}.term
        {%- endfor %}
    )

select *
from course_reports
