"""What was captured and is in no published generation yet, by user.

A generation lags behind the laboratory by the time of a load and a build. The rest lies in sealed
files that it did not load, and in the spools that are being written. Both are read once, on from
where the last look ended, so that a look costs what was captured since.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from dlt_pipelines.connectors.spool_files import Row, SegmentName, read_rows

Segment = tuple[str, str, str]
"""Stream, capture and segment, as in the columns of a row."""

_SETTLED = timedelta(days=1)
"""A file older than this was whole when the generation was loaded; a younger one is counted."""

_log = logging.getLogger(__name__)


class CaptureTails:
    """The rows of messages that a generation may lack. For one thread at a time."""

    def __init__(
        self,
        folder: Path,
        users_of: Callable[[Row], Iterable[str]],
        loaded: Mapping[Segment, int],
        loaded_at: datetime,
    ) -> None:
        """Nothing is read yet.

        Args:
            folder: Holds `spool/` and `sealed/`.
            users_of: Whose answers a row can change; none, and it is not kept.
            loaded: Messages of each segment that the generation has.
            loaded_at: When the generation was made.
        """
        self._spool_folder = folder / "spool"
        self._sealed_folder = folder / "sealed" / "messages"
        self._users_of = users_of
        self._loaded = loaded
        self._settled_before = (loaded_at - _SETTLED).timestamp()
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._offsets: dict[str, int] = {}  # of spools, by name
        self._day_states: dict[str, int] = {}
        self._seen_sealed: set[str] = set()

    def look(self) -> None:
        """Read what was captured since the last look."""
        # Sealed files first: a spool that is sealed in between is then still found as a spool or,
        # by the next look, as a sealed file. What is read twice, the dedupe of the models joins.
        for day in _entries(self._sealed_folder):
            state = day.stat().st_mtime_ns
            if self._day_states.get(day.name) != state:
                self._look_into(day)
                self._day_states[day.name] = state
        for spool in _entries(self._spool_folder):
            if spool.suffix == ".jsonl":
                self._read_on(spool)

    def rows(self, user_id: str) -> Sequence[Row]:
        """The user's rows; a row may be there twice."""
        return self._rows.get(user_id, ())

    def _look_into(self, day: Path) -> None:
        for file in _entries(day):
            if file.suffix == ".parquet" and file.name not in self._seen_sealed:
                self._seen_sealed.add(file.name)
                try:
                    name = SegmentName.of(file)
                except ValueError:
                    continue
                if not self._is_loaded(name, file):
                    self._add(pq.read_table(file).to_pylist())

    def _is_loaded(self, name: SegmentName, file: Path) -> bool:
        """Whether the generation has all of a sealed file, which it may know as a spool only."""
        count = self._loaded.get((name.stream, name.capture_id, name.segment))
        if count is None:
            return False
        if file.stat().st_mtime < self._settled_before:
            return True
        return bool(pq.read_metadata(file).num_rows <= count)

    def _read_on(self, spool: Path) -> None:
        offset = self._offsets.get(spool.name, 0)
        try:
            if spool.stat().st_size <= offset:
                return
            rows, self._offsets[spool.name] = read_rows(spool, offset)
        except FileNotFoundError:
            return  # sealed meanwhile: the next look finds it there
        except ValueError:
            _log.warning("%s is not named like a spool", spool.name)
            self._offsets[spool.name] = spool.stat().st_size
            return
        self._add(row for dataset, row in rows if dataset == "messages")

    def _add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            for user_id in self._users_of(row):
                self._rows[user_id].append(row)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
