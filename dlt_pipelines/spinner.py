"""What is read of `spinner`: the datasets that the capture of the laboratory streams seals.

The source is files, not streams: the capture service (`flows/capture.py`) writes every message
that it hears to a spool and seals it as parquet, under `sealed/{dataset}/{day}/` of
SOURCES__SPINNER__DATA_PATH; they may also lie below an S3 prefix (SOURCES__SPINNER__SEALED_URL). A
file is loaded once, known by name, size and hash; files may come in any order. `seq` is one rising
series per capture and stream over all datasets and restarts, so (capture_id, stream, seq) is the
key, and rows that come again, from a spool or from a file that was sealed twice, change nothing.
Nothing is left out: what is no message is the dataset `quarantine`. `former_edges` and
`former_feedback` are matrices of the replaced setup, whose messages are gone, where an operator
imported them.

`tallyhouse load spinner` loads this domain alone.
"""

from dataclasses import dataclass

import pyarrow as pa

from dlt_pipelines.connectors.capture_files import SCHEMAS

KEY = ("capture_id", "stream", "seq")


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """One dataset of the capture, landed as the raw table of the same name; times are plain UTC."""

    name: str
    fields: pa.Schema
    moment: str  # the day that its rows are counted by


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema with times that need no zone, as they are all UTC."""
    return pa.schema(
        [
            column.with_type(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column
            for column in schema
        ]
    )


DATASETS = tuple(
    Dataset(
        name=name,
        fields=_plain(schema),
        moment="event_at" if name == "capture_events" else "received_at",
    )
    for name, schema in sorted(SCHEMAS.items())
)

INSERTED: dict[str, tuple[pa.Schema, tuple[str, ...]]] = {
    dataset.name: (dataset.fields, KEY) for dataset in DATASETS
}
"""Every table with its columns and key; rows are only ever added."""
