"""Rows that an operator wrote twice, or that would mean something else on another machine."""

from pathlib import Path

import pytest

from dlt_pipelines.connectors.operator_files import OperatorFile, read_operator_file
from dlt_pipelines.wrapped import REPLACED

DECLARED = {declared.name: declared for declared in REPLACED}


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("items", "item_id,name\n526,Bones\n526,Old bones\n527,Bones\n", ["Bones", "Bones"]),
        ("npcs", "npc_id,name\n3029,Goblin\n3029,Cow\n", ["Goblin"]),
    ],
)
def test_the_first_row_of_an_id_counts(
    tmp_path: Path, name: str, text: str, kept: list[str]
) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_text(text)
    table, rejects = read_operator_file(DECLARED[name], path)
    assert table.column("name").to_pylist() == kept
    assert [reject.reason for reject in rejects] == ["bad_control"]


def test_a_price_is_one_per_item_and_date(tmp_path: Path) -> None:
    path = tmp_path / "item_prices.csv"
    path.write_text(
        "item_id,price_date,average_high_gp\n"
        "526,2025-03-01,100\n526,2025-03-02,110\n526,2025-03-01,999\n"
    )
    table, rejects = read_operator_file(DECLARED["item_prices"], path)
    assert table.column("average_high_gp").to_pylist() == [100, 110]
    assert len(rejects) == 1


def test_a_period_has_an_id_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "periods.csv"
    path.write_text(
        "period_id,label,start_date,end_date\n"
        "all,Mine,2025-01-01,2025-02-01\n"
        "all-summer,All summer,2025-06-01,2025-09-01\n"
        "spring,Spring,2025-03-01,2025-06-01\n"
        "spring,Again,2025-03-01,2025-05-01\n"
    )
    table, rejects = read_operator_file(DECLARED["periods"], path)
    assert table.column("label").to_pylist() == ["All summer", "Spring"]
    assert len(rejects) == 2


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "right/UTC", "../UTC", "Mars/Olympus"])
def test_a_zone_that_is_not_the_same_everywhere_is_none(tmp_path: Path, zone: str) -> None:
    path = tmp_path / "players.csv"
    path.write_text(f"username,time_zone\nGoblin,{zone}\nCow,Europe/London\n")
    table, rejects = read_operator_file(DECLARED["players"], path)
    assert table.column("time_zone").to_pylist() == [None, "Europe/London"]
    assert len(rejects) == 1


def test_a_key_must_be_declared() -> None:
    schema = DECLARED["npcs"].schema
    with pytest.raises(ValueError, match="declare these columns: \\['missing'\\]"):
        OperatorFile(name="npcs", schema=schema, required=("npc_id",), key=("missing",))
