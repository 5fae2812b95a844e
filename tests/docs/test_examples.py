"""What the documents tell a reader to type can be typed, and what they lead to is there."""

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli import parser
from tests.faults.tiny_run import TinyRun

PROJECT = Path(__file__).parents[2]
DOCUMENTS = sorted([PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")])


def blocks(document: Path) -> Iterator[str]:
    """The shell examples of a document, one command each."""
    for block in re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL):
        command = ""
        for line in block.splitlines():
            command = f"{command}\n{line}" if command else line
            if command.count('"') % 2 == 0:
                yield command
                command = ""


def commands() -> list[tuple[str, list[str]]]:
    """Each document's `tallyhouse` commands, as the words after that name."""
    found = []
    for document in DOCUMENTS:
        for command in blocks(document):
            words = shlex.split(command, comments=True)
            places = [place for place, word in enumerate(words) if word.endswith("tallyhouse")]
            for place in places[:1]:
                end = words.index(">") if ">" in words else len(words)
                found.append((document.name, words[place + 1 : end]))
    return found


COMMANDS = commands()
QUERIES = [words for _, words in COMMANDS if words[0] == "sql"]


def test_the_documents_have_examples() -> None:
    assert {name for name, _ in COMMANDS} >= {"README.md", "analysts.md"}
    assert len(QUERIES) > 3


@pytest.mark.parametrize(("document", "words"), COMMANDS)
def test_a_command_is_understood(document: str, words: list[str]) -> None:
    made: ArgumentParser = parser()
    assert made.parse_args(words).command == words[0], document


@pytest.mark.xdist_group("tiny run")
def test_queries_have_rows(undisturbed: TinyRun) -> None:
    for words in QUERIES:
        printed = undisturbed.answer(*words, "--format", "csv")
        assert len(printed.splitlines()) > 1, words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_the_rooms_exist() -> None:
    rooms = re.findall(r"^\| `(\w+)/` \|", (PROJECT / "README.md").read_text(), re.MULTILINE)
    assert len(rooms) > 4
    assert [room for room in rooms if not (PROJECT / room).is_dir()] == []
