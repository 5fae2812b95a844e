"""A laboratory whose students are few, captured, loaded, built by dbt and published."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dlt_pipelines.connectors.capture_files import next_seq, seal
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.spool_files import Spool
from dlt_pipelines.landing import land
from flows.dbt_build import PROJECT_FOLDER
from warehouse.generations import current_generation_id
from warehouse.publishing import Build, publish
from warehouse.settings import Settings

BEGAN = datetime(2026, 2, 9, 10, 0, tzinfo=UTC)
WORDS = {"p": "position", "pr": "position_ramp", "s": "speed", "v": "voltage"}
GRAPHS = {"cie3": "spinner-cie3-1-2"}
EXAMPLE_1 = "p p p p s s s v s s"
EXAMPLE_2 = "p p p " + "pr " * 13
W1, W2, EMPTY, SINGLE, PERFECT, NOCOURSE, SHUFFLED, V2 = (
    f"{number:08x}-1111-4222-8333-9d5e0a7b1c2d" for number in range(1, 9)
)


def command(user: str, t: int, word: str, course: str = "engdes1") -> dict[str, Any]:
    """A command of a lab page."""
    return {
        "user": user,
        "t": t,
        "exp": "spinner",
        "hardware": "spin30",
        "course": course,
        "type": "analytics",
        "payload": {"log": WORDS.get(word, word), "data": {"set": 1}},
    }


def feedback(user: str, t: int, state: str) -> dict[str, Any]:
    """A reflection of a student."""
    return {
        "user": user,
        "t": t,
        "exp": "spinner",
        "course": "engdes1",
        "type": "feedback",
        "payload": {"state": state, "subject": "Other", "input": "made-up"},
    }


def request(
    user: str, content: str = "all_feedback", course: str = "engdes1", **more: Any
) -> dict[str, Any]:
    """A request of a dashboard."""
    if content in {"all_feedback", "comparison_graph"}:
        more = {"graph": GRAPHS.get(course, "spinner-engdes1-1-core"), **more}
    return {
        "user": user,
        "t": 1675951300000,
        "exp": "spinner",
        "course": course,
        "type": "request",
        "payload": {"content": content, **more},
    }


def clicked(user: str, t: int, node: str) -> dict[str, Any]:
    """A command in the second log format."""
    return {
        "timestamp": t,
        "level": "INFO",
        "type": "analytics",
        "version": "1.1",
        "actor": {"id": user, "course": "ed1"},
        "verb": {"name": "clicked"},
        "object": {"id": "run-step", "ui": "spinner-3.0"},
        "context": {"exp_id": "spin30", "graph_node": node},
    }


def history() -> Iterator[dict[str, Any]]:
    """What the students did before the build."""
    for t, word in enumerate(EXAMPLE_1.split()):
        yield command(W1, t, word)
    for t, state in enumerate(["Engaged", "Engaged", "Curious", "Frustrated", "Surprised"]):
        yield feedback(W1, 100 + t, state)
    for t, word in enumerate(EXAMPLE_2.split()):
        yield command(W2, t, word, "cie3")
    # What can change no answer, and is left out where answers are made.
    yield {**command(W1, 50, "p"), "type": "log", "payload": {"log": "click"}}
    yield {**command(W1, 51, "p"), "type": "response", "content": "indicators"}
    yield {**command(EMPTY, 5, "p"), "type": "log", "payload": {"log": "click"}}
    yield command(SINGLE, 5, "v")
    for t in range(6):
        yield command(PERFECT, t, "p")
    yield command(NOCOURSE, 1, "p", "")
    yield command(NOCOURSE, 2, "s", "")
    for t, word in ((5, "p"), (1, "v"), (3, "s")):
        yield command(SHUFFLED, t, word)
    for t, node in enumerate(["position_step", "voltage_step", "voltage_step"]):
        yield clicked(V2, t, node)


@dataclass
class Laboratory:
    """A data folder with one capture or two."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of the services."""
        return {
            "WAREHOUSE__FOLDER": str(self.folder / "house"),
            "SOURCES__SPINNER__DATA_PATH": str(self.folder / "capture"),
            "SOURCES__SPINNER__CAPTURE_ID": "lab",
            **self.environment,
        }

    @property
    def settings(self) -> Settings:
        """As the services read them."""
        return Settings.from_environment(self.variables, dotenv=None)

    def capture(
        self,
        messages: Iterable[dict[str, Any]],
        capture_id: str = "a",
        *,
        is_sealed: bool = True,
        stream: str = "spin30",
    ) -> Spool:
        """Write messages as a capture would; the spool stays open when it is not sealed."""
        folder = self.settings.spinner_data_path
        number = next_seq(folder, stream, capture_id)
        spool = Spool(folder, stream, capture_id, next_seq=number)
        for number, message in enumerate(messages):
            self.append(spool, message, number)
        if is_sealed:
            closed = spool.close()
            assert closed is not None
            seal(closed, self.settings.spinner_data_path)
        return spool

    def append(self, spool: Spool, message: dict[str, Any], number: int = 0) -> None:
        """One more message in a spool."""
        for dataset, row in frame_rows(
            json.dumps(message),
            topic=f"{spool.stream}-log",
            capture_mode="relay",
            connection_id="c",
            frame_no=number,
            received_at=BEGAN + timedelta(milliseconds=number),
        ):
            spool.append(dataset, row)

    def build(self, selected: Sequence[str] = ("exp_spinner__answer_*",)) -> str:
        """Load, build what answers are made of, and publish.

        Returns:
            The id of the generation.
        """
        land("spinner", self.settings)
        artifacts = self.settings.dbt_folder
        subprocess.run(
            [
                str(Path(sys.prefix) / "bin" / "dbt"),
                "--quiet",
                "build",
                "--exclude=resource_type:unit_test resource_type:test",
                f"--select={' '.join(f'+{name}' for name in selected)}",
                f"--project-dir={PROJECT_FOLDER}",
                f"--profiles-dir={PROJECT_FOLDER}",
                f"--target-path={artifacts / 'target'}",
                f"--log-path={artifacts / 'logs'}",
            ],
            check=True,
            env={
                **os.environ,
                "DBT_TARGET": "prod",
                "WAREHOUSE__FOLDER": str(self.settings.folder),
            },
        )
        return self.publish()

    def publish(self) -> str:
        """Publish the build file as it is.

        Returns:
            The id of the generation.
        """
        manifest = self.settings.dbt_folder / "target" / "manifest.json"
        publish(self.settings, Build(manifest, datetime.now(tz=UTC), {}))
        published = current_generation_id(self.settings)
        assert published is not None
        return published

    def copied_to(self, folder: Path) -> "Laboratory":
        """Another laboratory that has published and sealed the same."""
        shutil.copytree(self.folder / "house", folder / "house", symlinks=True)
        sealed = Path("capture", "sealed", "messages")
        shutil.copytree(self.folder / sealed, folder / sealed)
        return Laboratory(folder)

    @property
    def generation(self) -> Path:
        """The folder of the published generation."""
        return self.settings.current_link.resolve()
