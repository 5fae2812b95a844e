"""The answer pack: the compiled SQL of the answers' models, in the order in which they build.

It is read from the manifest beside a published file, so an answer is made by the very SQL that the
marts of that generation were made by. Nothing here knows what the models say.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import TallyhouseError

ANSWER_PREFIX = "exp_spinner__answer_"
TAKEN_FROM_GENERATION = frozenset({"fct_cohort_mean_edges"})
"""Models about more than one student: copied as published, so their ancestors are not needed."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the build's database."""

    schema: str
    name: str

    def in_database(self, database: str) -> str:
        """Its full name in a database, quoted."""
        return ".".join('"' + part.replace('"', '""') + '"' for part in (database, *self.parts))

    @property
    def parts(self) -> tuple[str, str]:
        """Schema and name."""
        return self.schema, self.name


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the pack."""

    table: Table
    sql: str
    is_of_student: bool  # whether it reads raw rows; if not, it is made once a pack
    serves: frozenset[str]  # the answer models that need it, by name


@dataclass(frozen=True, slots=True)
class Carried:
    """A model each of whose rows rests on no messages but those with its own value of a column.

    When messages come, only the rows with their values are made anew; the others are carried over.
    A model is declared so by `config.meta.carried_over_by`, the name of the column.
    """

    table: Table
    column: str


@dataclass(frozen=True, slots=True)
class Pack:
    """All that answers are made of, but the rows."""

    database: str  # the name that the compiled SQL has for it
    sources: tuple[Table, ...]  # raw tables, filled with the rows of one student
    copied: tuple[Table, ...]  # seeds and published tables
    models: tuple[Model, ...]  # each after all that it reads
    carried: Carried


def read_pack(manifest_file: Path) -> Pack:
    """Read the pack of a published generation.

    Args:
        manifest_file: dbt's manifest of the build that was published.

    Returns:
        The pack.

    Raises:
        TallyhouseError: The generation was built without the models of answers, or no model of
            theirs can be carried over.
    """
    try:
        manifest = json.loads(manifest_file.read_bytes())
    except (OSError, ValueError):
        raise TallyhouseError(
            f"There is no readable {manifest_file}: run `tallyhouse build` and `publish`."
        ) from None
    nodes: Mapping[str, Any] = manifest["nodes"]
    wanted = sorted(
        unique_id
        for unique_id, node in nodes.items()
        if node["resource_type"] == "model" and node["name"].startswith(ANSWER_PREFIX)
    )
    if not wanted or not all(nodes[unique_id].get("compiled_code") for unique_id in wanted):
        raise TallyhouseError(
            f"{manifest_file} has no compiled models {ANSWER_PREFIX}…: run `tallyhouse build` and "
            "`tallyhouse publish`."
        )
    ancestors = {unique_id: _ancestors(unique_id, nodes) for unique_id in wanted}
    order = list(dict.fromkeys(each for line in ancestors.values() for each in line))
    of_student: set[str] = set()
    models: list[Model] = []
    for unique_id in order:
        if _is_source(unique_id):
            of_student.add(unique_id)
        elif not _is_copied(nodes[unique_id]):
            node = nodes[unique_id]
            is_of_student = not of_student.isdisjoint(node["depends_on"]["nodes"])
            if is_of_student:
                of_student.add(unique_id)
            models.append(
                Model(
                    table=_table(node),
                    sql=node["compiled_code"],
                    is_of_student=is_of_student,
                    serves=frozenset(
                        nodes[each]["name"] for each in wanted if unique_id in ancestors[each]
                    ),
                )
            )
    return Pack(
        database=nodes[wanted[0]]["database"],
        sources=tuple(
            _table(manifest["sources"][unique_id]) for unique_id in order if _is_source(unique_id)
        ),
        copied=tuple(
            _table(nodes[unique_id])
            for unique_id in order
            if not _is_source(unique_id) and _is_copied(nodes[unique_id])
        ),
        models=tuple(models),
        carried=_carried(order, of_student, nodes),
    )


def _carried(order: Sequence[str], of_student: set[str], nodes: Mapping[str, Any]) -> Carried:
    """The model that is carried over, where no other reads the messages past it."""
    columns = {
        unique_id: column
        for unique_id in order
        if not _is_source(unique_id)
        and (column := nodes[unique_id].get("config", {}).get("meta", {}).get("carried_over_by"))
    }
    if len(columns) != 1:
        raise TallyhouseError(
            f"One model of the answers must have `meta.carried_over_by`: {sorted(columns)}."
        )
    ((carried, column),) = columns.items()
    before = of_student.intersection(_ancestors(carried, nodes))
    for unique_id in order:
        if unique_id in before:
            continue
        if past := before.difference([carried]).intersection(_parents(unique_id, nodes)):
            raise TallyhouseError(
                f"{nodes[unique_id]['name']} reads {sorted(past)} past {nodes[carried]['name']}."
            )
    return Carried(_table(nodes[carried]), column)


def _ancestors(unique_id: str, nodes: Mapping[str, Any]) -> list[str]:
    """What a node is made of and the node itself, each after all that it reads."""
    found: dict[str, None] = {}

    def walk(each: str) -> None:
        if each in found:
            return
        for parent in _parents(each, nodes):
            walk(parent)
        found[each] = None

    walk(unique_id)
    return list(found)


def _parents(unique_id: str, nodes: Mapping[str, Any]) -> Iterable[str]:
    if _is_source(unique_id) or _is_copied(nodes[unique_id]):
        return ()
    parents: list[str] = nodes[unique_id]["depends_on"]["nodes"]
    return parents


def _is_source(unique_id: str) -> bool:
    return unique_id.startswith("source.")


def _is_copied(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] == "seed" or node["name"] in TAKEN_FROM_GENERATION


def _table(node: Mapping[str, Any]) -> Table:
    return Table(
        schema=node["schema"],
        name=node.get("alias") or node.get("identifier") or node["name"],
    )
