import json
from pathlib import Path

import pytest

from warehouse.dictionary import main

MANIFEST = {
    "nodes": {
        "model.t.fct_days": {
            "resource_type": "model",
            "schema": "mart_wrapped",
            "name": "fct_days",
            "description": "One row per\n  day.",
            "columns": {"day": {"name": "day", "description": "Day | date."}},
        },
        "model.t.stg_ticks": {
            "resource_type": "model",
            "schema": "staging",
            "name": "stg_ticks",
            "description": "",
            "columns": {},
        },
        "test.t.unique": {
            "resource_type": "test",
            "attached_node": "model.t.fct_days",
            "test_metadata": {"name": "unique", "kwargs": {"column_name": "day"}},
        },
    }
}

DICTIONARY = """\
## Marts

### `mart_wrapped.fct_days`

One row per day.

Key: `day`

| column | description |
|---|---|
| `day` | Day \\| date. |

## Staging

### `staging.stg_ticks`

No description.
"""


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(MANIFEST))
    return str(file)


def test_models_are_described_layer_by_layer(tmp_path: Path, manifest: str) -> None:
    assert main([manifest, str(tmp_path / "dictionary.md")]) == 0
    assert (tmp_path / "dictionary.md").read_text().endswith(DICTIONARY)


def test_a_stale_dictionary_is_found(
    tmp_path: Path, manifest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dictionary = str(tmp_path / "dictionary.md")
    assert main([manifest, dictionary, "--check"]) == 1
    assert "make docs" in capsys.readouterr().err
    main([manifest, dictionary])
    assert main([manifest, dictionary, "--check"]) == 0
