from pathlib import Path

import pytest
import yaml

from flows.refresh import _deployment
from flows.serve import server_environment
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]


def test_each_domain_has_its_schedule() -> None:
    declared = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
    schedules = {
        (one["entrypoint"], *one["parameters"].values()): [
            schedule["cron"] for schedule in one["schedules"]
        ]
        for one in declared
    }
    assert schedules == {
        ("flows/refresh.py:refresh", "wrapped"): ["30 3 * * *"],
        ("flows/refresh.py:refresh", "spinner"): ["*/15 * * 1-6,9-12 *", "0 * * 7,8 *"],
        ("flows/refresh.py:watch_captures",): ["*/5 * * * *"],
        ("flows/refresh.py:report_tokens",): ["0 6 * * *"],
    }
    assert {schedule["timezone"] for one in declared for schedule in one["schedules"]} == {"UTC"}


def test_what_is_scheduled_can_be_served() -> None:
    declared = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
    made = [_deployment(one) for one in declared]
    assert [one.name for one in made] == [one["name"] for one in declared]
    assert [len(one.schedules) for one in made] == [1, 2, 1, 1]


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
