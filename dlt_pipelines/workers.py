"""Batches decoded by worker processes, in the order of their tasks."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from dlt_pipelines.batches import Batch, Task, write_batch

INLINE_DOCUMENTS: Final = 100_000
"""Fewer documents than this are decoded sooner than a worker has started."""


class Decoder:
    """Holds the worker processes; they start when there is enough to do, and end with the block."""

    def __init__(self, folder: Path, workers: int) -> None:
        """Prepare.

        Args:
            folder: Where the finished files go; it exists.
            workers: How many processes; 0 decodes everything in this one.
        """
        self._folder = folder
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._documents = 0
        self._tasks = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def batches(self, tasks: Iterator[Task], load_id: str) -> Iterator[Batch]:
        """Decode tasks; at most one more than there are workers is held at a time."""
        waiting: deque[Future[Batch]] = deque()
        for task in tasks:
            self._tasks += 1
            self._documents += task.documents
            stem = f"{load_id}-{self._tasks:06d}"
            if self._workers == 0 or self._documents < INLINE_DOCUMENTS:
                yield write_batch(task, load_id, self._folder, stem)
                continue
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    max_workers=self._workers,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_end_with_parent,
                )
            waiting.append(self._pool.submit(write_batch, task, load_id, self._folder, stem))
            if len(waiting) > self._workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next task for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
