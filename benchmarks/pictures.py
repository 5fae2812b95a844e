"""Documents and pictures of a term's students: how long the first delivery takes, and a second."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.made_messages import STUDENTS, laboratory_settings, write_term
from benchmarks.term import build_models, timed
from dlt_pipelines.landing import land
from exports.deliver import deliver
from exports.summary import ExportSummary
from warehouse.publishing import Build, publish
from warehouse.query import open_published

MESSAGES = 500_000
_EDGES = """
select cast(quantile_cont(len(edges), 0.5) as bigint), max(len(edges))
from export_spinner.exp_spinner__graph_pictures
"""


def run(messages: int = MESSAGES) -> None:
    """Measure and print.

    Args:
        messages: How many the term has; the pictures are as many and as full with fewer.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = laboratory_settings(folder)
        written = write_term(folder / "capture", messages)
        land("spinner", settings)
        build_models(settings)
        manifest = settings.dbt_folder / "target" / "manifest.json"
        publish(settings, Build(manifest, datetime.now(tz=UTC), {}))
        with open_published(settings.current_file) as connection:
            ((median, most),) = connection.sql(_EDGES).fetchall()
        print(f"\nDocuments, pictures and reports of {STUDENTS} students, {written:,} messages")
        print(f"  edges of a picture: {median} at the median, {most} at most")
        for what in ("first delivery", "nothing changed"):
            told: list[ExportSummary] = []
            timed(what, lambda told=told: told.append(deliver(settings, "spinner")))
            for export, counts in told[0].exports.items():
                print(f"    {export}: {counts.written} written, {counts.unchanged} unchanged")
