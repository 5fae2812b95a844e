"""Runs one delivery in a process of its own, which kills itself at a chosen point.

Usage: interrupted_export.py FOLDER ADDRESS POINT CALL MOMENT. ADDRESS and POINT may be empty. The
process dies as by `kill -9` just before or after (MOMENT) the CALL-th call of POINT.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exports.ledger import CollectionLedger, Ledger
from exports.targets.files import FolderTarget
from exports.targets.mongo import MongoTarget
from tests.exports.small_house import SmallHouse
from warehouse.errors import TallyhouseError

POINTS: dict[str, tuple[type, str]] = {
    "begin": (Ledger, "begin_delivery"),
    "commit": (Ledger, "commit"),
    "finish_file": (FolderTarget, "finish"),
    "finish_server": (MongoTarget, "finish"),
    "record": (CollectionLedger, "write"),
    "remove": (CollectionLedger, "remove"),
    "replace": (Path, "replace"),
    "send": (MongoTarget, "write"),
    "verify_file": (FolderTarget, "verify"),
    "verify_server": (MongoTarget, "verify"),
    "write_file": (FolderTarget, "write"),
}


def _dying(call: Callable[..., Any], number: int, moment: str) -> Callable[..., Any]:
    calls = 0

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = call(*arguments, **options)
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return counted


if __name__ == "__main__":
    folder, address, point, number, moment = sys.argv[1:]
    if point:
        owner, name = POINTS[point]
        setattr(owner, name, _dying(getattr(owner, name), int(number), moment))
    for target in (FolderTarget, MongoTarget):
        target.batch_documents = 10  # many batches of few documents
    house = SmallHouse.in_folder(Path(folder), address or None)
    try:
        house.deliver(allow_deletions=True)
    except TallyhouseError as error:
        sys.exit(f"TallyhouseError: {error}")
