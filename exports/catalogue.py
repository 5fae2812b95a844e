"""What leaves the warehouse: the exposures of the dbt project, checked.

An export is an exposure with `config.meta.export`. Nothing else says that a model leaves, so the
manifest beside a published file is the whole list of what was delivered from it.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from warehouse.errors import TallyhouseError

Scope = Literal["periods", "users"]
Stamp = Literal["content_hash", "date", "epoch_seconds", "run_id"]

_MODEL_NAME = re.compile(r"exp_([a-z][a-z0-9]*)__[a-z0-9_]+")
# Safe as a folder, a file and a MongoDB namespace alike.
_PUBLIC_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_ENTRIES = {
    "collection",
    "database",
    "key",
    "period_column",
    "scope",
    "stamps",
    "target",
    "user_column",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """One model whose rows leave as documents, one a row."""

    name: str  # of the exposure
    domain: str
    schema: str  # where the model is in the published file
    table: str
    target: str
    database: str
    collection: str
    key: tuple[str, ...]  # columns that identify a document; joined by `|` when there are several
    scope: Scope  # which gone documents a run that names users or periods deletes
    user_column: str | None = None  # may lead into a struct: `period.id`
    period_column: str | None = None
    stamps: Mapping[str, Stamp] = field(default_factory=dict)  # filled in at sending, not hashed

    def __str__(self) -> str:
        return f"{self.database}.{self.collection}"


def read_catalogue(manifest_path: Path) -> tuple[Export, ...]:
    """Read and check every export of a dbt project.

    Args:
        manifest_path: dbt's `manifest.json`, as it lies beside a published file.

    Returns:
        The exports, by name.

    Raises:
        TallyhouseError: There is no readable manifest, or an export is declared wrongly; the
            message has every fault, with the name of the exposure.
    """
    try:
        manifest = json.loads(manifest_path.read_bytes())
        exposures = manifest["exposures"].values()
        nodes = manifest["nodes"]
    except FileNotFoundError:
        raise TallyhouseError(
            f"There is no {manifest_path}: run `tallyhouse build` and `tallyhouse publish` first."
        ) from None
    except (ValueError, KeyError, AttributeError):
        raise TallyhouseError(
            f"{manifest_path} is no dbt manifest: run `tallyhouse publish` again."
        ) from None
    exports: list[Export] = []
    faults: list[str] = []
    for exposure in exposures:
        declared = _meta(exposure).get("export")
        if declared is None:
            continue
        found = _faults(exposure, declared, nodes)
        faults += [f"exposure {exposure['name']}: {fault}" for fault in found]
        if not found:
            exports.append(_export(exposure, declared, nodes))
    taken = Counter((export.target, export.database, export.collection) for export in exports)
    faults += [
        f"exposure {export.name}: another exposure writes {export} of target {export.target}, too"
        for export in exports
        if taken[export.target, export.database, export.collection] > 1
    ]
    if faults:
        raise TallyhouseError("Exports are declared wrongly:\n  " + "\n  ".join(sorted(faults)))
    return tuple(sorted(exports, key=lambda export: export.name))


def _meta(exposure: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = exposure.get("config", {}).get("meta") or exposure.get("meta") or {}
    return meta if isinstance(meta, dict) else {}


def _model(exposure: Mapping[str, Any], nodes: Mapping[str, Any]) -> Mapping[str, Any] | None:
    parents = exposure.get("depends_on", {}).get("nodes", [])
    if len(parents) != 1:
        return None
    node: Mapping[str, Any] | None = nodes.get(parents[0])
    return node if node is not None and _MODEL_NAME.fullmatch(node["name"]) else None


def _export(
    exposure: Mapping[str, Any], declared: Mapping[str, Any], nodes: Mapping[str, Any]
) -> Export:
    model = _model(exposure, nodes)
    matched = _MODEL_NAME.fullmatch(model["name"]) if model else None
    if model is None or matched is None:  # _faults() has refused it
        raise ValueError(exposure["name"])
    return Export(
        name=exposure["name"],
        domain=matched[1],
        schema=model["schema"],
        table=model.get("alias") or model["name"],
        target=declared["target"],
        database=declared.get("database", matched[1]),
        collection=declared["collection"],
        key=tuple(declared["key"]),
        scope=declared["scope"],
        user_column=declared.get("user_column"),
        period_column=declared.get("period_column"),
        stamps=dict(declared.get("stamps") or {}),
    )


def _faults(exposure: Mapping[str, Any], declared: object, nodes: Mapping[str, Any]) -> list[str]:
    if not isinstance(declared, dict):
        return ["`export` must be a mapping with target, collection, key and scope"]
    faults = [f"`export.{name}` is not known" for name in sorted(set(declared) - _ENTRIES)]
    model = _model(exposure, nodes)
    if model is None:
        faults.append("`depends_on` must be one model that is called exp_<domain>__<collection>")
    for name in ("target", "collection", "database"):
        value = declared.get(name)
        if value is None and name == "database":
            continue
        if not isinstance(value, str) or not _PUBLIC_NAME.fullmatch(value):
            faults.append(f"`export.{name}` must be a name of letters, digits, _ and -")
    if declared.get("scope") not in get_args(Scope):
        faults.append(f"`export.scope` must be one of {', '.join(get_args(Scope))}")
    columns = dict.fromkeys(model.get("columns", {})) if model else {}
    return faults + _column_faults(declared, columns)


def _column_faults(declared: Mapping[str, Any], columns: Mapping[str, Any]) -> list[str]:
    """What is wrong with the entries that name columns; without known columns only their form."""
    faults = []
    key = declared.get("key")
    if not isinstance(key, list) or not key or not all(isinstance(name, str) for name in key):
        faults.append("`export.key` must be a list of columns")
        key = []
    stamps = declared.get("stamps") or {}
    if not isinstance(stamps, dict) or not set(map(str, stamps.values())) <= set(get_args(Stamp)):
        faults.append(f"`export.stamps` must map fields to one of {', '.join(get_args(Stamp))}")
        stamps = {}
    needed = {"periods": "period_column", "users": "user_column"}.get(str(declared.get("scope")))
    if needed and not declared.get(needed):
        faults.append(f"`export.{needed}` is missing, which scope {declared['scope']} needs")
    named = [("key", name) for name in key] + [("stamps", name) for name in stamps]
    for entry in ("period_column", "user_column"):
        value = declared.get(entry)
        if isinstance(value, str):
            named.append((entry, value.split(".")[0]))
        elif value is not None:
            faults.append(f"`export.{entry}` must be a column")
    if columns:
        faults += [
            f"`export.{entry}`: the model has no column {name}"
            for entry, name in named
            if name not in columns
        ]
    stamped = {name.split(".")[0] for entry, name in named if entry != "stamps"} & set(stamps)
    faults += [
        f"`export.stamps`: {name} identifies or places documents, so it cannot be stamped"
        for name in sorted(stamped)
    ]
    return faults
