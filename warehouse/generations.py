"""Published generations: immutable copies of the build file, and the link to the current one.

A generation is a folder `generations/<id>/` with `warehouse.duckdb` and dbt's `manifest.json`. It
appears by a rename when it is complete and is never written again. `current` is a relative link
that is replaced in one step, so that a reader finds either the old or the new one, and keeps what
it has opened for as long as it holds it. Ids are UTC times and grow strictly: the newest generation
has the greatest id, even after the clock was set back.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.durability import sync_to_disk
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

_ID = re.compile(r"\d{8}T\d{6}Z")
_ID_FORMAT = "%Y%m%dT%H%M%SZ"
_UNFINISHED = ".tmp"
_PIN = ".pin"


@dataclass(frozen=True, slots=True)
class Generation:
    """One published generation."""

    generation_id: str
    folder: Path
    is_current: bool
    is_pinned: bool
    size_bytes: int

    @property
    def file(self) -> Path:
        """The database, to be opened read-only."""
        return self.folder / "warehouse.duckdb"

    @property
    def manifest(self) -> Path:
        """The manifest of the dbt build that the generation holds."""
        return self.folder / "manifest.json"


def list_generations(settings: Settings) -> list[Generation]:
    """All complete generations, oldest first."""
    if not settings.generations_folder.is_dir():
        return []
    current_id = current_generation_id(settings)
    return [
        Generation(
            generation_id=folder.name,
            folder=folder,
            is_current=folder.name == current_id,
            is_pinned=folder.with_suffix(_PIN).exists(),
            size_bytes=sum(file.stat().st_size for file in folder.iterdir()),
        )
        for folder in sorted(settings.generations_folder.iterdir())
        if _ID.fullmatch(folder.name)
    ]


def current_generation_id(settings: Settings) -> str | None:
    """The id of the generation that `current` points to; None when nothing is published."""
    try:
        return settings.current_link.readlink().name
    except FileNotFoundError:
        return None


def find_generation(settings: Settings, generation_id: str) -> Generation:
    """The generation of that id; `current` is one too.

    Raises:
        TallyhouseError: There is none.
    """
    wanted = current_generation_id(settings) if generation_id == "current" else generation_id
    for generation in list_generations(settings):
        if generation.generation_id == wanted:
            return generation
    raise TallyhouseError(
        f"There is no generation {generation_id}; `tallyhouse generations` lists them."
        if wanted
        else "Nothing is published yet; `tallyhouse run` does it."
    )


def open_new_generation(settings: Settings, now: datetime) -> tuple[str, Path]:
    """Make the folder in which a generation is prepared, after removing what a kill left behind.

    The caller holds the writer lock, so nobody else prepares one.

    Returns:
        The id of the generation, and its unfinished folder.
    """
    settings.generations_folder.mkdir(parents=True, exist_ok=True)
    for unfinished in settings.generations_folder.glob(f"*{_UNFINISHED}"):
        shutil.rmtree(unfinished)
    published = list_generations(settings)
    if published:
        newest = datetime.strptime(published[-1].generation_id, _ID_FORMAT).replace(tzinfo=UTC)
        now = max(now, newest + timedelta(seconds=1))
    generation_id = now.strftime(_ID_FORMAT)
    folder = settings.generations_folder / f"{generation_id}{_UNFINISHED}"
    folder.mkdir()
    return generation_id, folder


def complete_generation(settings: Settings, unfinished: Path) -> list[str]:
    """Make a prepared generation the current one, durably, and prune the oldest.

    Args:
        settings: Says where, and how many are kept.
        unfinished: Folder of `open_new_generation`, with everything in it.

    Returns:
        Ids of the generations that were pruned.
    """
    for file in unfinished.iterdir():
        file.chmod(0o444)
        sync_to_disk(file)
    sync_to_disk(unfinished)
    folder = unfinished.with_suffix("")
    with _changing(settings, "publish"):
        unfinished.rename(folder)
        sync_to_disk(settings.generations_folder)
        _point_current_to(settings, folder.name)
        return _prune(settings)


def roll_back(settings: Settings, generation_id: str | None = None) -> str:
    """Point `current` to an older generation.

    Args:
        settings: Says where.
        generation_id: The one to go to; None: the newest one before the current one.

    Returns:
        The id that is current now.

    Raises:
        TallyhouseError: There is no such generation.
    """
    with _changing(settings, "rollback"):
        if generation_id is None:
            current = find_generation(settings, "current").generation_id
            older = [
                generation.generation_id
                for generation in list_generations(settings)
                if generation.generation_id < current
            ]
            if not older:
                raise TallyhouseError(
                    f"No generation is older than {current}; `tallyhouse generations` lists them."
                )
            generation_id = older[-1]
        target = find_generation(settings, generation_id)
        _point_current_to(settings, target.generation_id)
        return target.generation_id


def pin(settings: Settings, generation_id: str, *, is_pinned: bool = True) -> Generation:
    """Keep a generation until it is unpinned, however many are published after it.

    Raises:
        TallyhouseError: There is no such generation.
    """
    with _changing(settings, "pin"):
        generation = find_generation(settings, generation_id)
        mark = generation.folder.with_suffix(_PIN)
        if is_pinned:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)
        return find_generation(settings, generation.generation_id)


def _prune(settings: Settings) -> list[str]:
    """Remove all but the newest generations, the pinned ones and the current one."""
    pruned = [
        generation
        for generation in list_generations(settings)[: -settings.keep]
        if not generation.is_pinned and not generation.is_current
    ]
    for generation in pruned:
        # Renamed first: half a generation must never bear an id. Who has it open keeps it.
        leaving = generation.folder.with_suffix(_UNFINISHED)
        generation.folder.rename(leaving)
        shutil.rmtree(leaving)
    return [generation.generation_id for generation in pruned]


def _point_current_to(settings: Settings, generation_id: str) -> None:
    link = settings.current_link.with_suffix(_UNFINISHED)
    link.unlink(missing_ok=True)
    link.symlink_to(Path(settings.generations_folder.name) / generation_id)
    link.replace(settings.current_link)
    sync_to_disk(settings.folder)


@contextmanager
def _changing(settings: Settings, what: str) -> Iterator[None]:
    """Hold off other changes to the set of generations; short, so nobody fails over it."""
    with writer_lock(settings.generations_folder / "change.lock", what):
        yield
