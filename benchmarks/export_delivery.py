"""How long a delivery takes: the first one, one without changes, and one with 1 % changed.

Usage: python -m benchmarks.export_delivery [DOCUMENTS]
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.exports.small_house import TICKS, SmallHouse

_ROWS = """
select
    'player ' || lpad(cast(number as varchar), 9, '0') as _id,
    'player ' || number as username,
    cast(null as double) as timestamp,
    case when {is_changed} and number % 100 = 0 then -1 else number end as value,
    [
        {{'item': {{'id': item, 'name': 'Item ' || item}}, 'count': number * item}}
        for item in range(10)
    ] as items
from range({documents}) as given (number)
"""


def main(documents: int) -> None:
    """Deliver made-up documents to a folder, three times, and print the times."""
    print(f"{documents:,} documents of ten items to a folder, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        house = SmallHouse.in_folder(Path(folder))
        for label, generation, is_changed in (
            ("first delivery", "20261120T030000Z", False),
            ("nothing changed", "20261121T030000Z", False),
            ("1 % changed", "20261122T030000Z", True),
        ):
            rows = _ROWS.format(is_changed=is_changed, documents=documents)
            house.publish_sql(generation, {"total_ticks": TICKS}, total_ticks=rows)
            started, cpu_started = time.perf_counter(), time.process_time()
            written = house.deliver().as_dict()["written"]
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu_started
            print(f"{label:<16} {seconds:7.2f} s  {cpu:7.2f} s CPU  {written:>9,} written")
    print(f"resident memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
