"""Write the data dictionary from dbt's manifest: every model, its columns, their descriptions.

`make docs` writes it; `make check` fails when the committed one is not what would be written.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from warehouse.comparison import read_keys

_HEAD = """\
# Data dictionary

Every table and view of the warehouse, as the models describe themselves. Made by `make docs`; do
not edit it. Marts are for analysts; exports have the exact shape that leaves; the rest is on
the way there.
"""

_LAYERS = (
    ("Marts", "mart_"),
    ("Exports", "export_"),
    ("Intermediate", "intermediate"),
    ("Staging", "staging"),
    ("Seeds", "seeds"),
)

Node = Mapping[str, Any]


def write_dictionary(manifest: Mapping[str, Any], keys: Mapping[str, Sequence[str]]) -> str:
    """The dictionary as Markdown; the same manifest gives the same text.

    Args:
        manifest: dbt's manifest.
        keys: Key columns by `schema.model`.

    Returns:
        The whole document.
    """
    nodes = [
        node for node in manifest["nodes"].values() if node["resource_type"] in {"model", "seed"}
    ]
    parts = [_HEAD]
    for title, schema_prefix in _LAYERS:
        of_layer = sorted(
            (node for node in nodes if node["schema"].startswith(schema_prefix)),
            key=lambda node: (node["schema"], node["name"]),
        )
        if of_layer:
            parts.append(f"## {title}\n")
            parts.extend(_section(node, keys) for node in of_layer)
    return "\n".join(parts)


def _section(node: Node, keys: Mapping[str, Sequence[str]]) -> str:
    full_name = f"{node['schema']}.{node['name']}"
    lines = [f"### `{full_name}`", "", _text(node["description"]) or "No description.", ""]
    if full_name in keys:
        lines += [f"Key: {', '.join(f'`{column}`' for column in keys[full_name])}", ""]
    if node["columns"]:
        lines += ["| column | description |", "|---|---|"]
        lines += _rows(node["columns"].values())
        lines.append("")
    return "\n".join(lines)


def _rows(columns: Iterable[Node]) -> Iterable[str]:
    for column in columns:
        description = _text(column["description"]).replace("|", "\\|")
        yield f"| `{column['name']}` | {description} |"


def _text(description: str) -> str:
    return " ".join(description.split())


def main(words: Sequence[str] | None = None) -> int:
    """Write the dictionary, or check it.

    Returns:
        The exit status; 1 when `--check` finds the file stale.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("dictionary", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when it is stale")
    arguments = parser.parse_args(words)
    text = write_dictionary(
        json.loads(arguments.manifest.read_text()), read_keys(arguments.manifest)
    )
    if not arguments.check:
        arguments.dictionary.write_text(text)
        return 0
    if arguments.dictionary.exists() and arguments.dictionary.read_text() == text:
        return 0
    sys.stderr.write(f"{arguments.dictionary} is stale; `make docs` writes it anew.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
