"""The difference between the published rows and what the ledger says the target has.

It is found in two goes. `compare` sets keys and row digests, which DuckDB computes, against the
ledger: that tells what is gone, and notes the few rows that may have changed. `differences` turns
those into documents and keeps the ones that say something else than before. Both times one batch is
in memory; the keys between them are in a temporary table of DuckDB.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

import duckdb
import pyarrow as pa

from exports.catalogue import Export, Stamp
from exports.documents import (
    Converter,
    Document,
    UnfitDocumentError,
    content_hash,
    encoded,
    stamps_as_json,
    stamps_from_json,
)
from exports.ledger import CollectionLedger, DeadLetter, LedgerRow, Origin
from exports.published import columns, key_sql, path_sql, quoted, table_sql
from exports.summary import ExportCounts
from exports.targets.target import Change, Target
from warehouse.errors import TallyhouseError
from warehouse.progress import Progress

_ROWS_A_READ = 20_000  # keys and digests
_ROWS_A_CONVERSION = 100  # documents of up to 1 MB


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents a run is about."""

    users: frozenset[str] | None  # user keys; None is everybody
    periods: frozenset[str] | None

    def covers(self, export: Export, user: str | None, period: str | None) -> bool:
        """Whether a document of this user and period is meant."""
        is_of_users = self.users is None or (user is not None and user_key(user) in self.users)
        is_of_periods = (
            self.periods is None or export.period_column is None or period in self.periods
        )
        return is_of_users and is_of_periods

    def is_about(self, export: Export) -> bool:
        """Whether documents of this export can be meant at all."""
        return self.users is None or export.user_column is not None


@dataclass(frozen=True, slots=True)
class Run:
    """What stays the same for every export of a delivery."""

    generation: str
    origin: Origin
    run_id: str
    sent_at: datetime
    scope: Scope
    is_dry_run: bool
    prunes_legacy: bool


class Work(NamedTuple):
    """One key that `compare` has noted for `differences`."""

    key: str
    is_gone: bool
    digest: str | None
    user: str | None
    period: str | None


@dataclass(slots=True)
class Job:
    """One export on its way."""

    number: int
    export: Export
    target: Target
    ledger: CollectionLedger
    counts: ExportCounts
    work_count: int = 0
    limited_deletions_count: int = 0  # of documents that a real source gave


def user_key(name: str) -> str:
    """The one spelling under which the game knows a name."""
    return name.translate({0xA0: " ", ord("_"): " ", ord("-"): " "}).strip(" ").lower()


def compare(warehouse: duckdb.DuckDBPyConnection, job: Job, run: Run, progress: Progress) -> None:
    """Note in the table `work` what may have to be sent and what is gone.

    Args:
        warehouse: The published file, with the table `work`.
        job: An export; its counts of what is unchanged and gone are filled in.
        run: What is delivered, and for whom.
        progress: Told how many rows are compared.

    Raises:
        TallyhouseError: The model is missing, or has no true key, or columns that fit no document.
    """
    job.target.verify(job.export, job.ledger)
    names = columns(warehouse, job.export)
    content = [name for name in names if name not in job.export.stamps]
    packed = ", ".join(f"{quoted(name)} := model.{quoted(name)}" for name in content)
    # The cursor has its own results but not the temporary table, so both can go on at once.
    reader = (
        warehouse.cursor()
        .execute(
            f"select {key_sql(job.export)} as key, {path_sql(job.export.user_column)} as user,"  # noqa: S608 - quoted names of columns
            f" {path_sql(job.export.period_column)} as period,"
            f" md5(cast(to_json(struct_pack({packed})) as varchar)) as digest"
            f" from {table_sql(job.export)} as model order by key nulls first"
        )
        .to_arrow_reader(_ROWS_A_READ)
    )
    last: str | None = None
    done = 0
    for batch in reader:
        values = batch.to_pydict()
        keys = values["key"]
        if not keys:
            continue
        work: list[Work] = []
        known = {row.key: row for row in job.ledger.rows(after=last, up_to=keys[-1] or "")}
        for key, user, period, digest in zip(
            keys, values["user"], values["period"], values["digest"], strict=True
        ):
            if key is None or key == last:
                fault = "a row has no key" if key is None else f"two rows have key {key!r}"
                raise TallyhouseError(
                    f"{job.export.table}: {fault}, so {', '.join(job.export.key)} is no key of it;"
                    " mend the model or `export.key`. Nothing was sent."
                )
            last = key
            row = known.pop(key, None)
            if row is not None and not row.is_present:
                work.append(
                    Work(key, False, digest, user, period)
                )  # lost at the target, so whoever is meant
            elif run.scope.covers(job.export, user, period):
                is_as_sent = (
                    row is not None and row.row_digest == digest and row.origin == run.origin
                )
                if is_as_sent:
                    job.counts.unchanged += 1
                else:
                    work.append(Work(key, False, digest, user, period))
        work += _gone(job, run, known.values())
        _note_work(warehouse, job, work)
        done += len(keys)
        progress(f"comparing {job.export.collection}", done, None)
    for rows in _pages(job.ledger.rows(after=last)):
        _note_work(warehouse, job, _gone(job, run, rows))


def _gone(job: Job, run: Run, rows: Iterable[LedgerRow]) -> list[Work]:
    """The rows that the run is about, of documents that the model no longer has."""
    gone: list[Work] = []
    for row in rows:
        if not row.is_present or run.scope.covers(job.export, row.user, row.period):
            gone.append(Work(row.key, True, None, row.user, row.period))
            job.limited_deletions_count += row.is_present and row.origin == "source"
    return gone


def _note_work(warehouse: duckdb.DuckDBPyConnection, job: Job, work: list[Work]) -> None:
    if not work:
        return
    texts = ("key", "digest", "user", "period")
    found = pa.table(
        {name: pa.array([getattr(each, name) for each in work], pa.string()) for name in texts}
        | {"is_gone": pa.array([each.is_gone for each in work])}
    )
    warehouse.register("found", found)
    warehouse.execute(
        "insert into work select ?, key, is_gone, digest, user, period from found", [job.number]
    )
    warehouse.unregister("found")
    job.work_count += len(work)


@dataclass(frozen=True, slots=True)
class Difference:
    """One change, and what the ledger says when it is done."""

    kind: Literal["new", "changed", "restored", "deleted"]
    change: Change
    row: LedgerRow


def differences(
    warehouse: duckdb.DuckDBPyConnection, job: Job, run: Run, bury: Callable[[DeadLetter], None]
) -> Generator[Difference]:
    """Turn the noted rows into documents, and find those that say something else than before.

    Args:
        warehouse: The published file, with the table `work`.
        job: An export that `compare` has gone over.
        run: What is delivered, and for whom.
        bury: Called with what cannot be sent.

    Yields:
        The changes, in key order; the ledger may be written to meanwhile.
    """
    if not job.work_count:
        return
    reader = warehouse.execute(
        "select work.key, work.is_gone, work.digest, work.user, work.period, model.*"  # noqa: S608 - quoted
        f" from work left join {table_sql(job.export)} as model on work.key = {key_sql(job.export)}"
        " where work.job = ? order by work.key",
        [job.number],
    ).to_arrow_reader(_ROWS_A_CONVERSION)
    own_count = len(Work._fields)
    places = list(range(own_count, len(reader.schema)))
    fields = [reader.schema.field(place) for place in places]
    converter = Converter(job.export.table, pa.schema(fields))
    for whole in reader:
        # DuckDB gives 2,048 rows at the least, and as documents these may be too many at once.
        for start in range(0, whole.num_rows, _ROWS_A_CONVERSION):
            batch = whole.slice(start, _ROWS_A_CONVERSION)
            work = zip(
                *(batch.column(place).to_pylist() for place in range(own_count)), strict=True
            )
            documents = converter.documents(batch.select(places))
            for each, document in zip(map(Work._make, work), documents, strict=True):
                try:
                    difference = _difference(job, run, each, document)
                except UnfitDocumentError as error:
                    bury(DeadLetter(each.key, "write", str(error), each.user, each.period))
                else:
                    if difference is not None:
                        yield difference
    job.counts.nulled_numbers = converter.nulled_count


def _difference(
    job: Job, run: Run, work: Work, converted: Document | UnfitDocumentError
) -> Difference | None:
    """The change that makes the target right for one key, if it is not."""
    known = job.ledger.get(work.key)
    if work.is_gone:
        return Difference("deleted", Change(work.key, None), known) if known else None
    if isinstance(converted, UnfitDocumentError):
        raise converted
    stamped = job.export.stamps
    document: Document = {"_id": work.key, **converted}
    document["_id"] = work.key
    hashed = content_hash(document, stamped)
    digest = work.digest or ""
    kind: Literal["new", "changed", "restored"] = "new" if known is None else "changed"
    if known is not None and known.content_hash == hashed:
        if known.is_present:
            job.counts.unchanged += 1
            job.ledger.touch([replace(known, row_digest=digest, origin=run.origin)])
            return None
        # It says nothing else than before it was lost, so it keeps the time of that.
        kind = "restored"
        document.update(stamps_from_json(known.stamps))
    else:
        document.update({name: _stamp(stamp, run, hashed) for name, stamp in stamped.items()})
    row = LedgerRow(
        key=work.key,
        content_hash=hashed,
        row_digest=digest,
        generation=run.generation,
        origin=run.origin,
        stamps=stamps_as_json(document, stamped),
        user=work.user,
        period=work.period,
    )
    return Difference(kind, Change(work.key, document, encoded(document)), row)


def _stamp(kind: Stamp, run: Run, hashed: str) -> Any:  # noqa: ANN401 - any type of BSON
    match kind:
        case "content_hash":
            return hashed
        case "date":
            return run.sent_at.replace(microsecond=run.sent_at.microsecond // 1000 * 1000)
        case "epoch_seconds":
            return run.sent_at.timestamp()
        case "run_id":
            return run.run_id


def _pages(rows: Iterator[LedgerRow]) -> Iterator[list[LedgerRow]]:
    while page := list(islice(rows, _ROWS_A_READ)):
        yield page
