"""Exports whose documents become files, and the SQL that gives them rows."""

DOCUMENTS = {
    "target": "documents",
    "collection": "student_documents",
    "key": ["_id"],
    "scope": "users",
    "user_column": "student.user",
}
PICTURES = {
    "target": "pictures",
    "collection": "graph_pictures",
    "key": ["_id"],
    "scope": "users",
    "user_column": "user_id",
}
SITE = {
    "target": "site",
    "collection": "course_reports",
    "key": ["_id"],
    "scope": "periods",
    "period_column": "term",
}
COUNTS = (
    "students", "active_students", "commands", "sessions", "session_hours", "median_commands",
    "median_edges_percent", "median_exploration", "median_enjoyment",
)  # fmt: skip


def documents_sql(**students: int) -> str:
    """A row a student: name and count of commands."""
    values = ", ".join(f"('{user}', {commands})" for user, commands in students.items())
    return f"""
        select 'spinner:engdes1:' || name as _id, 1 as schema_version,
            {{'user': name, 'lab': 'spinner', 'course': 'engdes1'}} as student, commands
        from (values ('', 0), {values}) as given (name, commands) where name <> ''
    """


def pictures_sql(weight: int) -> str:
    return f"""
        select 'students/spinner/engdes1/u1' as _id, 'students/spinner/engdes1' as folder,
            'u1' as name, 'u1' as user_id, 'a title' as title, 'in words' as alt_text,
            [{{'id': 'a', 'label': 'a', 'x': 1e2, 'y': 0e0, 'in_centrality': 2e-1}}] as nodes,
            [{{'from': 'a', 'to': 'a', 'weight': {weight}}}] as edges
    """


def site_sql(**students: int) -> str:
    """A row a term: its name and count of students."""
    values = ", ".join(f"('{term}', {count})" for term, count in students.items())
    figures = ", ".join(f"'{name}': students" for name in COUNTS)
    lists = ", ".join(
        f"[] as {name}"
        for name in (
            "tasks",
            "distributions",
            "reflections",
            "session_hours",
            "weeks",
            "coverage",
            "gaps",
            "unplaced",
        )
    )
    return f"""
        select 'spinner:engdes1:' || term as _id, 'spinner' as lab, 'engdes1' as course, term,
            'Report ' || term as title, date '2025-09-01' as starts_on,
            date '2026-09-01' as ends_on, 5 as min_cohort, {{{figures}}} as counts,
            null as mean_graph, {lists}
        from (values ('', 0), {values}) as given (term, students) where term <> ''
    """
