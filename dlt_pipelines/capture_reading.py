"""The files of `spinner`'s captures, read once each and cut into packages."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dlt_pipelines import ledger
from dlt_pipelines.batches import SECONDS_PER_DAY, Keys, TableFile
from dlt_pipelines.connectors.capture_files import read_spool
from dlt_pipelines.connectors.sealed_files import (
    SealedFile,
    decode_sealed,
    find_sealed_files,
    hash_of,
)
from dlt_pipelines.packages import Domain, Package, Start, drop_all_repeats, write_empty_tables
from dlt_pipelines.spinner import DATASETS, INSERTED, KEY, Dataset
from warehouse.errors import TallyhouseError
from warehouse.file_place import FilePlace, address_of, open_folder, open_place
from warehouse.settings import Settings

SOURCE_KIND: Final = "capture"

BATCH_ROWS: Final = 100_000
"""Sealed files are small; so many of their rows become one file of a package."""

_BY_NAME: Final = {dataset.name: dataset for dataset in DATASETS}
_MS_PER_DAY: Final = SECONDS_PER_DAY * 1000

_LANDED: Final = {
    dataset.name: f"""
        select
            '{SOURCE_KIND}',
            cast(floor(epoch_ms({dataset.moment}) / {_MS_PER_DAY}.0) as bigint) as day,
            count(*)
        from raw_spinner.{dataset.name}
        where _dlt_load_id = ?
        group by day
    """  # noqa: S608 (names are declared in SCHEMAS)
    for dataset in DATASETS
}


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """A spool that is not sealed, left over or still being written."""

    file: Path
    size_bytes: int
    modified_ns: int

    @property
    def name(self) -> str:
        """From its folder on, as sealed files are named."""
        return f"spool/{self.file.name}"

    @property
    def path(self) -> str:
        """The whole path."""
        return str(self.file)

    def read(self) -> bytes:
        """All that is in it by now."""
        return self.file.read_bytes()


class CaptureReading:
    """Reads the files that are not loaded yet."""

    def __init__(self, start: Start) -> None:
        """Find the files.

        Raises:
            TallyhouseError: There were files, and now there is none.
        """
        self.failures: list[TallyhouseError] = []
        self.reasons: Counter[str] = Counter()
        self._start = start
        with start.connect() as connection:
            known = ledger.known_files(connection, SPINNER.name)
        self._known = {file.name: file for file in known}
        # Spools first: one that is sealed meanwhile is then found as a sealed file.
        found: list[SpoolFile | SealedFile] = list(find_spools(start.settings))
        for place in _places(start.settings):
            found += find_sealed_files(place, frozenset(_BY_NAME))
        if known and not found:
            raise TallyhouseError(
                f"{_setting(start.settings)}: the sealed files that were loaded are gone. They "
                "are the history; name the folder that they are in, or put them back."
            )
        self._waiting = [file for file in found if not self._is_known(file)]
        self._total = len(self._waiting)
        self._gathered: dict[str, list[pa.Table]] = {}
        self._written = 0

    @property
    def has_more(self) -> bool:
        """Whether there are files that no package had room for."""
        return bool(self._waiting)

    def fill(self, load_id: str) -> Package:
        """The rows of the next files."""
        package = Package()
        rows = 0
        while self._waiting and rows < self._start.package_documents:
            file = self._waiting.pop(0)
            done = self._total - len(self._waiting)
            self._start.progress("reading captured files", done, self._total)
            rows += self._read(file, package, load_id)
        for name in list(self._gathered):
            self._write(name, package, load_id)
        if self._start.is_new:
            write_empty_tables(
                package, INSERTED, lambda table, name: self._write_table(table, name, load_id)
            )
        drop_all_repeats(package.files.values())
        return package

    def count_days(self) -> list[ledger.SourceDay]:
        """Files are whole or not there, so there is nothing to compare with."""
        return []

    def reread(self, missing: list[ledger.SourceDay], load_id: str) -> Package:
        """Never asked for, as no day is missing."""
        raise ValueError(f"files have no missing days: {missing}, load {load_id}")

    def _is_known(self, file: SpoolFile | SealedFile) -> bool:
        known = self._known.get(file.name)
        return known is not None and (known.size_bytes, known.modified_ns) == (
            file.size_bytes,
            file.modified_ns,
        )

    def _read(self, file: SpoolFile | SealedFile, package: Package, load_id: str) -> int:
        """Gather the rows of a file; one that was only touched has none."""
        try:
            content = file.read()
            digest = hash_of(content)
            loaded = ledger.LoadedFile(file.name, file.size_bytes, file.modified_ns, digest)
            known = self._known.get(file.name)
            if known is not None and known.content_hash == digest:
                package.counts.files.append(loaded)
                return 0
            tables = _decode(file, content)
        except (OSError, KeyError, pa.ArrowException) as error:
            if isinstance(file, SpoolFile) and isinstance(error, FileNotFoundError):
                return 0  # sealed since
            self.failures.append(
                TallyhouseError(
                    f"{file.path} can not be loaded: {error}; the other files are. Restore it "
                    "from another copy, or move it away and load again."
                )
            )
            return 0
        package.counts.files.append(loaded)
        for name, table in tables.items():
            self._gather(table, _BY_NAME[name], package)
            if sum(part.num_rows for part in self._gathered[name]) >= BATCH_ROWS:
                self._write(name, package, load_id)
        return sum(int(table.num_rows) for table in tables.values())

    def _gather(self, table: pa.Table, dataset: Dataset, package: Package) -> None:
        has_key = np.logical_and.reduce([table[name].is_valid().to_numpy() for name in KEY])
        moments = table[dataset.moment].cast(pa.int64())
        days = pc.floor(pc.divide(moments.cast(pa.float64()), _MS_PER_DAY * 1000.0)).to_pylist()
        for day, is_good in zip(days, has_key.tolist(), strict=True):
            place = (SOURCE_KIND, dataset.name, None if day is None else int(day))
            package.counts.read[place] += 1
            if not is_good:
                package.counts.rejected[place] += 1
                self.reasons["no_key"] += 1
        if (last := pc.max(moments).as_py()) is not None:
            package.counts.reach(SOURCE_KIND, last // 1000)
        self._gathered.setdefault(dataset.name, []).append(table.filter(pa.array(has_key)))

    def _write(self, name: str, package: Package, load_id: str) -> None:
        table = pa.concat_tables(self._gathered.pop(name))
        if table.num_rows:
            package.add(self._write_table(table, name, load_id))

    def _write_table(self, table: pa.Table, name: str, load_id: str) -> TableFile:
        self._written += 1
        path = self._start.files / f"{load_id}-{self._written:06d}-{name}.parquet"
        load_ids = pa.repeat(pa.scalar(load_id, pa.string()), table.num_rows)
        written = table.append_column("_dlt_load_id", load_ids)
        pq.write_table(written, path, compression="lz4", write_statistics=False)
        return TableFile(name, path, table.num_rows, key_digests(table))


def _places(settings: Settings) -> Iterator[FilePlace]:
    """Where sealed files are looked for."""
    if (folder := _sealed_folder(settings)) is not None:
        yield open_folder(folder, str(folder), "SOURCES__SPINNER__DATA_PATH")
    if (url := settings.spinner.sealed_url) is not None:
        yield open_place(url, "SOURCES__SPINNER__SEALED_URL", settings.s3_keys)


def _sealed_folder(settings: Settings) -> Path | None:
    if settings.spinner.sealed_url is not None and settings.spinner.data_path is None:
        return None
    return settings.spinner_data_path / "sealed"


def find_spools(settings: Settings) -> Iterator[SpoolFile]:
    """What is captured and not sealed yet."""
    for file in sorted((settings.spinner_data_path / "spool").glob("*.jsonl")):
        try:
            status = file.stat()
        except FileNotFoundError:
            continue  # sealed since
        yield SpoolFile(file, status.st_size, status.st_mtime_ns)


def _decode(file: SpoolFile | SealedFile, content: bytes) -> dict[str, pa.Table]:
    """The rows of a file by dataset; a spool may have grown since its content was read."""
    if isinstance(file, SealedFile):
        return {file.dataset: decode_sealed(content, _BY_NAME[file.dataset].fields)}
    return {
        name: table.cast(_BY_NAME[name].fields)
        for name, table in read_spool(file.file).items()
        if table.num_rows
    }


def key_digests(table: pa.Table) -> Keys:
    """What identifies each row: 64 bits of capture and stream, and its place in their series."""
    keys = np.zeros((table.num_rows, 2), dtype=np.uint64)
    if "seq" in table.column_names and table.num_rows:
        pairs = pc.binary_join_element_wise(table["capture_id"], table["stream"], "\0")
        encoded = pairs.combine_chunks().dictionary_encode()
        digests = [
            int.from_bytes(md5(pair.encode(), usedforsecurity=False).digest()[:8], "big")
            for pair in encoded.dictionary.to_pylist()
        ]
        keys[:, 0] = np.array(digests, dtype=np.uint64)[encoded.indices.to_numpy()]
        keys[:, 1] = table["seq"].to_numpy().astype(np.uint64)
    return keys


def _source_names(settings: Settings) -> list[tuple[str, str]]:
    folder, url = _sealed_folder(settings), settings.spinner.sealed_url
    names = [str(folder)] if folder is not None else []
    names += [address_of(url)] if url is not None else []
    return [(SOURCE_KIND, ", ".join(names))]


def _setting(settings: Settings) -> str:
    if settings.spinner.sealed_url is not None:
        return "SOURCES__SPINNER__SEALED_URL"
    return "SOURCES__SPINNER__DATA_PATH"


def _refuse_nothing(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Rows are only ever added, so no source can be too short."""


@contextmanager
def _open(start: Start) -> Iterator[CaptureReading]:
    yield CaptureReading(start)


SPINNER: Final = Domain(
    name="spinner",
    inserted=INSERTED,
    replaced={},
    landed=_LANDED,
    source_settings="SOURCES__SPINNER__DATA_PATH (or _SEALED_URL, _CREDENTIALS_PATH)",
    is_sample_world=lambda settings: settings.spinner.is_sample_world,
    world_path=lambda settings: settings.world_folder / "spinner" / "sealed",
    source_names=_source_names,
    refuse=_refuse_nothing,
    open=_open,
)
