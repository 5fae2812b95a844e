"""The sample world's laboratory days, replayed through what records the real streams."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from dlt_pipelines.connectors.capture_files import seal
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.spool_files import Spool
from sample_world.spinner.deliveries import Delivery, Frame


def replay(folder: Path, stream: str, capture_id: str, deliveries: Iterable[Delivery]) -> int:
    """Record what one capture heard of one stream.

    Args:
        folder: Holds `spool/` and `sealed/`.
        stream: The stream.
        capture_id: The capture.
        deliveries: Frames and happenings, in the order in which they came.

    Returns:
        How many rows that made; all of them are sealed.
    """
    spool = Spool(folder, stream, capture_id, next_seq=1)
    frame_numbers: Counter[str] = Counter()
    day = None
    for delivery in deliveries:
        if day not in {None, delivery.at.date()} or spool.is_full:
            _seal(spool, folder)
        day = delivery.at.date()
        if isinstance(delivery, Frame):
            frame_numbers[delivery.connection_id] += 1
            for dataset, row in frame_rows(
                delivery.payload,
                topic=f"{stream}-log",
                capture_mode=delivery.capture_mode,
                connection_id=delivery.connection_id,
                frame_no=frame_numbers[delivery.connection_id],
                received_at=delivery.at,
                is_binary=delivery.is_binary,
                intake_query=delivery.intake_query,
            ):
                spool.append(dataset, row)
        else:
            spool.append("capture_events", dict(delivery.row))
    _seal(spool, folder)
    return spool.next_seq - 1


def _seal(spool: Spool, folder: Path) -> None:
    file = spool.close()
    if file is not None:
        seal(file, folder)
