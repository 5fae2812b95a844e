"""A run of the tiny sample world, as a user starts it, and what it leaves behind."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).parents[2]
COMMAND = [
    sys.executable,
    "-c",
    "import sys; from flows.cli import main; sys.exit(main())",
]
FENCE = ["unshare", "--map-root-user", "--net"]


def has_fence() -> bool:
    """Whether a process can be started that has no network at all."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*FENCE, "true"], capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class TinyRun:
    """The data folder of runs of the tiny sample world."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Nothing but what is needed: no setting of the machine's own, and an empty home."""
        home = self.folder.with_name(f"{self.folder.name}-home")
        home.mkdir(exist_ok=True)
        return {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "SAMPLE_WORLD__SIZE": "tiny",
            "WAREHOUSE__FOLDER": str(self.folder),
        }

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command; its progress comes on standard error, line by line."""
        return subprocess.Popen(
            [*COMMAND, *words],
            env=self.environment,
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, is_fenced: bool = False) -> dict[str, Any]:
        """Run a command to its end, which must be a good one; what it reports."""
        ended = subprocess.run(
            [*(FENCE if is_fenced else []), *COMMAND, *words, "--json"],
            env=self.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-4000:]
        report: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
        return report

    def answer(self, *words: str) -> str:
        """Run a command that prints; what it printed."""
        ended = subprocess.run(
            [*COMMAND, *words],
            env=self.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def documents(self) -> dict[str, list[dict[str, Any]]]:
        """The exported documents by collection, without what is stamped on at sending."""
        manifest = json.loads((self.folder / "current/manifest.json").read_text())
        stamps = {
            export["collection"]: set(export.get("stamps", {}))
            for exposure in manifest["exposures"].values()
            if (export := exposure["config"]["meta"].get("export"))
        }
        return {
            file.stem: [
                {
                    name: value
                    for name, value in json.loads(line).items()
                    if name not in stamps[file.stem]
                }
                for line in file.read_text().splitlines()
            ]
            for file in sorted((self.folder / "exports/mongo").rglob("*.jsonl"))
        }

    def files(self) -> dict[str, str]:
        """Digests of the exported files that are no collections: documents, pictures, pages."""
        folder = self.folder / "exports"
        return {
            str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for part in ("documents", "pictures", "site")
            for file in sorted((folder / part).rglob("*"))
            if file.is_file()
        }

    def differing_tables(self, other: "TinyRun") -> list[str]:
        """Marts and exports here that have not the same rows there; there may be more domains."""
        with duckdb.connect() as connection:
            for name, run in (("here", self), ("there", other)):
                file = (run.folder / "current/warehouse.duckdb").resolve()
                connection.execute(f"attach '{file}' as {name} (read_only)")
            tables = [
                [
                    f'"{schema}"."{table}"'
                    for schema, table in connection.execute(
                        """
                        select schema_name, table_name from duckdb_tables()
                        where database_name = ?
                        and (schema_name like 'mart%' or schema_name like 'export%')
                        order by all
                        """,
                        [name],
                    ).fetchall()
                ]
                for name in ("here", "there")
            ]
            assert tables[0]
            assert set(tables[0]) <= set(tables[1])
            return [
                table
                for table in tables[0]
                if connection.execute(
                    f"""
                    (from here.{table} except all from there.{table})
                    union all (from there.{table} except all from here.{table})
                    """
                ).fetchall()
            ]
