from pathlib import Path

import pytest
import yaml

from flows.serve import server_environment
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]


def test_wrapped_is_refreshed_every_night() -> None:
    declared = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
    assert [
        (one["name"], one["entrypoint"], one["parameters"], one["schedules"]) for one in declared
    ] == [
        (
            "refresh-wrapped",
            "flows/refresh.py:refresh",
            {"domain": "wrapped"},
            [{"cron": "30 3 * * *", "timezone": "UTC"}],
        )
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PREFECT_API_URL", "http://127.0.0.1:4300/api"),
        ("PREFECT_SERVER_API_HOST", "127.0.0.1"),
        ("PREFECT_SERVER_ANALYTICS_ENABLED", "false"),
        ("DO_NOT_TRACK", "1"),
        ("PREFECT_HOME", "/somewhere/prefect"),
        ("MONGO_URI", "kept"),
    ],
)
def test_prefect_stays_at_home_and_tells_nobody(name: str, value: str) -> None:
    given = {"PREFECT_SERVER_API_PORT": "4300", "MONGO_URI": "kept"}
    assert server_environment(Settings(folder=Path("/somewhere")), given)[name] == value
