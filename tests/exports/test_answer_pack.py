import json
from pathlib import Path
from typing import Any

import pytest

from exports.answers.pack import Carried, Table, read_pack
from warehouse.errors import TallyhouseError

BY_HASH = {"meta": {"carried_over_by": "message_hash"}}


def model(name: str, *parents: str, schema: str = "mart_spinner", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "alias": name,
        "schema": schema,
        "database": "warehouse",
        "resource_type": "model",
        "compiled_code": f"select '{name}'",
        "depends_on": {"nodes": list(parents)},
    } | more


def manifest(folder: Path, **more: Any) -> Path:
    nodes = {
        "seed.t.nodes": model("nodes", schema="seeds", resource_type="seed", compiled_code=None),
        "model.t.stg": model("stg", "source.t.raw.messages", schema="staging"),
        "model.t.events": model("events", "model.t.stg", config=BY_HASH),
        "model.t.fct_cohort_mean_edges": model("fct_cohort_mean_edges", "model.t.everybody"),
        "model.t.everybody": model("everybody", "model.t.stg"),
        "model.t.dim_graphs": model("dim_graphs", "seed.t.nodes", "model.t.fct_cohort_mean_edges"),
        "model.t.fct_edges": model("fct_edges", "model.t.events", "model.t.dim_graphs"),
        "model.t.exp_spinner__answer_tasks": model(
            "exp_spinner__answer_tasks", "model.t.fct_edges"
        ),
        "model.t.exp_spinner__answer_graphs": model(
            "exp_spinner__answer_graphs", "model.t.dim_graphs"
        ),
        "model.t.unrelated": model("unrelated", "model.t.stg"),
    } | more
    sources = {
        "source.t.raw.messages": {
            "name": "messages",
            "identifier": "messages",
            "schema": "raw_spinner",
            "database": "warehouse",
        }
    }
    file = folder / "manifest.json"
    file.write_text(json.dumps({"nodes": nodes, "sources": sources}))
    return file


def test_models_come_after_what_they_read(tmp_path: Path) -> None:
    pack = read_pack(manifest(tmp_path))
    names = [made.table.name for made in pack.models]

    assert set(names) == {
        "stg",
        "events",
        "dim_graphs",
        "fct_edges",
        "exp_spinner__answer_tasks",
        "exp_spinner__answer_graphs",
    }
    assert names.index("stg") < names.index("fct_edges") < names.index("exp_spinner__answer_tasks")
    assert names.index("dim_graphs") < names.index("fct_edges")


def test_what_concerns_many_students_is_taken_as_published(tmp_path: Path) -> None:
    pack = read_pack(manifest(tmp_path))

    assert set(pack.copied) == {
        Table("seeds", "nodes"),
        Table("mart_spinner", "fct_cohort_mean_edges"),
    }
    assert pack.sources == (Table("raw_spinner", "messages"),)


def test_only_what_reads_raw_rows_is_of_a_student(tmp_path: Path) -> None:
    pack = read_pack(manifest(tmp_path))

    assert {made.table.name for made in pack.models if made.is_of_student} == {
        "stg",
        "events",
        "fct_edges",
        "exp_spinner__answer_tasks",
    }
    assert next(made for made in pack.models if made.table.name == "dim_graphs").serves == {
        "exp_spinner__answer_tasks",
        "exp_spinner__answer_graphs",
    }


def test_rows_are_carried_over_where_nothing_reads_the_messages_past_them(tmp_path: Path) -> None:
    assert read_pack(manifest(tmp_path)).carried == Carried(
        Table("mart_spinner", "events"), "message_hash"
    )

    reader = model("fct_edges", "model.t.events", "model.t.stg")
    with pytest.raises(TallyhouseError, match=r"fct_edges reads \['model.t.stg'\] past events"):
        read_pack(manifest(tmp_path, **{"model.t.fct_edges": reader}))
    plain = model("events", "model.t.stg")
    with pytest.raises(TallyhouseError, match="carried_over_by"):
        read_pack(manifest(tmp_path, **{"model.t.events": plain}))


def test_a_manifest_without_compiled_answers_says_what_to_do(tmp_path: Path) -> None:
    name = "model.t.exp_spinner__answer_tasks"
    uncompiled = {name: model("exp_spinner__answer_tasks", compiled_code=None)}

    with pytest.raises(TallyhouseError, match="tallyhouse build"):
        read_pack(manifest(tmp_path, **uncompiled))
    with pytest.raises(TallyhouseError, match="tallyhouse build"):
        read_pack(tmp_path / "none.json")


def test_names_are_quoted() -> None:
    assert Table('a"b', "c").in_database("d") == '"d"."a""b"."c"'
