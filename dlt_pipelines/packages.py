"""What a domain tells the landing, and what it hands over: packages of finished files."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines.batches import TableFile
from dlt_pipelines.ledger import Counts, SourceDay
from warehouse.errors import TallyhouseError
from warehouse.progress import Progress
from warehouse.settings import Settings


@dataclass(slots=True)
class Package:
    """What one package brings, known once its files are written."""

    files: dict[str, list[TableFile]] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    cursors: dict[str, int] = field(default_factory=dict)

    def add(self, file: TableFile) -> None:
        """Keep a finished file."""
        self.files.setdefault(file.table, []).append(file)


@dataclass(frozen=True, slots=True)
class Start:
    """What a reading begins with."""

    settings: Settings
    files: Path  # where finished files go
    progress: Progress
    connect: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
    cursors: Mapping[str, int]
    is_new: bool  # some table of the domain is not there yet
    workers: int
    package_documents: int


class Reading(Protocol):
    """The sources of a domain, open, and read package by package."""

    failures: list[TallyhouseError]
    """What could not be read, known at the end."""

    reasons: Counter[str]
    """Rejected rows by reason."""

    @property
    def has_more(self) -> bool:
        """Whether there is another package; asked after the first one."""

    def fill(self, load_id: str) -> Package:
        """The next package."""

    def count_days(self) -> list[SourceDay]:
        """What the source itself counts, where it can."""

    def reread(self, missing: list[SourceDay], load_id: str) -> Package:
        """Single days once more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Domain:
    """All that the landing knows of a domain."""

    name: str
    inserted: Mapping[str, tuple[pa.Schema, tuple[str, ...]]]  # tables by key: columns and key
    replaced: Mapping[str, pa.Schema]  # tables written anew with each load
    landed: Mapping[str, str]  # queries: rows of one load by source kind and UTC day
    source_settings: str  # names of the settings that make its source real
    is_sample_world: Callable[[Settings], bool]
    world_path: Callable[[Settings], Path]  # is there when the sample world is written
    source_names: Callable[[Settings], list[tuple[str, str]]]  # kinds and names, without secrets
    refuse: Callable[[duckdb.DuckDBPyConnection, Settings], None]  # raises on a broken source
    open: Callable[[Start], AbstractContextManager[Reading]]


def write_empty_tables(
    package: Package,
    inserted: Mapping[str, tuple[pa.Schema, tuple[str, ...]]],
    write: Callable[[pa.Table, str], TableFile],
) -> None:
    """Let every table be there after the first load, with or without rows."""
    for name, (schema, _) in inserted.items():
        if name not in package.files:
            package.add(write(schema.empty_table(), name))


def drop_all_repeats(tables: Iterable[list[TableFile]]) -> None:
    """Leave out, in each table, rows whose key is in an earlier row of the same load."""
    for files in tables:
        drop_repeats(files)


def drop_repeats(files: list[TableFile]) -> None:
    """Leave out rows whose key is in an earlier row of the same load.

    dlt's insert-only merge compares with what is landed, not within a package. Sorting 64-bit
    digests of the keys is cheap; only when two are equal are the keys themselves compared.

    Args:
        files: Files of one table, in reading order; those with repeats are replaced in the list.
    """
    keys = np.concatenate([file.keys for file in files])
    mixed = keys[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ keys[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed.sort()
    if not (mixed[1:] == mixed[:-1]).any():
        return
    order = np.lexsort((keys[:, 1], keys[:, 0]))  # stable: the first one stays in front
    is_repeat = np.zeros(len(keys), dtype=bool)
    is_repeat[order[1:]] = (keys[order[1:]] == keys[order[:-1]]).all(axis=1)
    begin = 0
    for place, file in enumerate(files):
        end = begin + len(file.keys)
        if is_repeat[begin:end].any():
            kept = ~is_repeat[begin:end]
            table = pq.read_table(file.path).filter(pa.array(kept))
            path = file.path.with_suffix(".once.parquet")
            pq.write_table(table, path, compression="lz4", write_statistics=False)
            file.path.unlink()
            files[place] = TableFile(file.table, path, table.num_rows, file.keys[kept])
        begin = end
