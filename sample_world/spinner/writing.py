"""Write the sample world of the laboratory: what was heard, recorded by the real capture."""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sample_world.spinner.captures import hear
from sample_world.spinner.deliveries import Delivery
from sample_world.spinner.students import plan
from sample_world.spinner.truths import truths
from warehouse.progress import Progress, ignore_progress

VERSION: Final = 2
"""Changes with what the same seed gives."""

Record = Callable[[Path, str, str, Iterable[Delivery]], int]
"""Records what one capture heard of one stream below a folder; says how many rows that made."""


@dataclass(frozen=True, slots=True)
class LabSummary:
    """What was written."""

    seed: int
    size: str
    rows: int
    truths: int
    is_new: bool = True


def write_lab(
    folder: Path,
    seed: int,
    size: str,
    record: Record,
    progress: Progress = ignore_progress,
) -> LabSummary:
    """Write the world into `<folder>/spinner`, unless it stands there already.

    Args:
        folder: Folder of all sample worlds.
        seed: Seed; the same seed gives the same rows.
        size: tiny, small, medium or large.
        record: The capture that records what is heard; this package knows none.
        progress: Told how many captures are done.

    Returns:
        What was written, or what stands there.
    """
    target = folder / "spinner"
    marker = target / "COMPLETE"
    text = json.dumps({"seed": seed, "size": size, "version": VERSION})
    if marker.exists() and marker.read_text(encoding="utf-8") == text:
        written = json.loads((target / "summary.json").read_text(encoding="utf-8"))
        return LabSummary(**{**written, "is_new": False})
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    heard = hear(plan(seed, size))
    rows = 0
    for place, ((stream, capture_id), deliveries) in enumerate(sorted(heard.items()), 1):
        rows += record(target, stream, capture_id, deliveries)
        progress("replaying the laboratory", place, len(heard))
    true = truths()
    (target / "truth.json").write_text(
        json.dumps({"seed": seed, "size": size, "rows": true}, indent=1), encoding="utf-8"
    )
    summary = LabSummary(seed, size, rows, len(true))
    (target / "summary.json").write_text(json.dumps(asdict(summary)), encoding="utf-8")
    marker.write_text(text, encoding="utf-8")
    return summary
