import json
from pathlib import Path
from typing import Any

import pytest

from exports.catalogue import Export, read_catalogue
from tests.exports.small_house import (
    DATABASE,
    REPORTS,
    REPORTS_COLUMNS,
    TICKS,
    TICKS_COLUMNS,
    manifest,
)
from warehouse.errors import TallyhouseError

COLUMNS = {"total_ticks": TICKS_COLUMNS, "wrapped_reports": REPORTS_COLUMNS}


def _written(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps(content))
    return path


def test_exports_are_read_by_name(tmp_path: Path) -> None:
    content = manifest({"wrapped_reports": REPORTS, "total_ticks": TICKS}, COLUMNS)
    ticks, reports = read_catalogue(_written(tmp_path, content))
    assert ticks == Export(
        name="wrapped_total_ticks",
        domain="wrapped",
        schema="export_wrapped",
        table="exp_wrapped__total_ticks",
        target="mongo",
        database=DATABASE,
        collection="total_ticks",
        key=("_id",),
        scope="users",
        user_column="username",
        period_column=None,
        stamps={"timestamp": "epoch_seconds"},
    )
    assert (reports.name, reports.period_column) == ("wrapped_wrapped_reports", "period.id")


def test_exposure_without_export_is_no_export(tmp_path: Path) -> None:
    content = manifest({"total_ticks": TICKS}, COLUMNS)
    content["exposures"]["exposure.tallyhouse.wrapped_total_ticks"]["config"] = {"meta": {}}
    assert read_catalogue(_written(tmp_path, content)) == ()


def test_database_is_the_domain_when_it_is_not_said(tmp_path: Path) -> None:
    entries = {name: value for name, value in TICKS.items() if name != "database"}
    (export,) = read_catalogue(_written(tmp_path, manifest({"total_ticks": entries}, COLUMNS)))
    assert export.database == "wrapped"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"collection": None}, "`export.collection` must be a name"),
        ({"collection": "../x"}, "`export.collection` must be a name"),
        ({"database": "a/b"}, "`export.database` must be a name"),
        ({"key": []}, "`export.key` must be a list of columns"),
        ({"key": "_id"}, "`export.key` must be a list of columns"),
        ({"key": ["id"]}, "`export.key`: the model has no column id"),
        ({"scope": "all"}, "`export.scope` must be one of periods, users"),
        ({"scope": "periods"}, "`export.period_column` is missing"),
        ({"user_column": None}, "`export.user_column` is missing"),
        ({"user_column": "name"}, "`export.user_column`: the model has no column name"),
        ({"period_column": "period.id"}, "`export.period_column`: the model has no column period"),
        ({"period_column": 1}, "`export.period_column` must be a column"),
        ({"stamps": {"timestamp": "now"}}, "`export.stamps` must map fields to one of"),
        ({"stamps": {"at": "date"}}, "`export.stamps`: the model has no column at"),
        (
            {"stamps": {"username": "run_id"}},
            "`export.stamps`: username identifies or places documents",
        ),
        ({"tarqet": "mongo"}, "`export.tarqet` is not known"),
    ],
)
def test_wrong_declaration_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    content = manifest({"total_ticks": {**TICKS, **change}}, COLUMNS)
    with pytest.raises(TallyhouseError) as refused:
        read_catalogue(_written(tmp_path, content))
    assert f"exposure wrapped_total_ticks: {message}" in str(refused.value)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    content = manifest(
        {"total_ticks": {**TICKS, "key": []}, "wrapped_reports": {**REPORTS, "scope": "x"}}, COLUMNS
    )
    with pytest.raises(TallyhouseError, match=r"total_ticks: `export\.key`[\s\S]*reports: .*scope"):
        read_catalogue(_written(tmp_path, content))


def test_two_exposures_of_one_collection_are_refused(tmp_path: Path) -> None:
    content = manifest({"total_ticks": TICKS, "more_ticks": TICKS}, COLUMNS)
    with pytest.raises(TallyhouseError, match=r"another exposure writes .*total_ticks"):
        read_catalogue(_written(tmp_path, content))


@pytest.mark.parametrize("parents", [[], ["model.tallyhouse.fct_kills"], ["a", "b"]])
def test_exposure_must_rest_on_one_export_model(tmp_path: Path, parents: list[str]) -> None:
    content = manifest({"total_ticks": TICKS}, COLUMNS)
    content["nodes"]["model.tallyhouse.fct_kills"] = {"name": "fct_kills", "schema": "mart_wrapped"}
    exposure = content["exposures"]["exposure.tallyhouse.wrapped_total_ticks"]
    exposure["depends_on"]["nodes"] = parents
    with pytest.raises(TallyhouseError, match="`depends_on` must be one model"):
        read_catalogue(_written(tmp_path, content))


def test_missing_manifest_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(TallyhouseError, match="tallyhouse publish"):
        read_catalogue(tmp_path / "manifest.json")


def test_file_that_is_no_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(TallyhouseError, match="no dbt manifest"):
        read_catalogue(tmp_path / "manifest.json")
