"""What answers are made from: a generation, and the messages that it does not hold yet."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dlt_pipelines.connectors.capture_tails import CaptureTails
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.spool_files import Row
from exports.answers.engine import AnswerEngine, users_of
from exports.answers.requests import Catalogue, Request


@dataclass(frozen=True, slots=True)
class Ready:
    """All that answers are made from, of one generation."""

    engine: AnswerEngine
    catalogue: Catalogue
    tails: CaptureTails


def open_generation(generation: Path, data_path: Path) -> Ready:
    """Open all that answers are made from.

    Args:
        generation: Folder of a published generation.
        data_path: Holds the captured files.

    Raises:
        TallyhouseError: The generation lacks the models of answers.
    """
    engine = AnswerEngine(generation)
    made_at = datetime.fromtimestamp((generation / "manifest.json").stat().st_mtime, tz=UTC)
    tails = CaptureTails(data_path, users_of, engine.loaded_segments(), made_at)
    tails.look()
    return Ready(engine, Catalogue.of(engine), tails)


def rows_of(request: Request) -> list[Row]:
    """The request as a row of messages: its student exists before capture has spooled it."""
    return [
        {
            **row,
            "capture_id": "answers",
            "stream": request.stream,
            "segment": "live",
            "seq": 0,
        }
        for _, row in frame_rows(
            request.text,
            topic=f"{request.stream}-log",
            capture_mode="relay",
            connection_id="live",
            frame_no=0,
            received_at=request.received_at,
        )
    ]
