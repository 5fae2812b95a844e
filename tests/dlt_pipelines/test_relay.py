import socket
import threading
from itertools import islice
from urllib.parse import SplitResult

import pytest

from dlt_pipelines.connectors import relay
from dlt_pipelines.connectors.relay import Refused, Source, follow
from warehouse.clock import Clock


class Leaping(Clock):
    """A clock on which every wait is over when it is looked at again."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def monotonic(self) -> float:
        self.passed += 100.0
        return self.passed

    def real(self, seconds: float) -> float:
        return 0.0


def refuse(_address: SplitResult) -> socket.socket:
    raise ConnectionRefusedError


def test_an_outage_may_last_for_days() -> None:
    source = Source(
        stream="spin30", host_url="ws://localhost/ws/{stream}", dial=refuse, clock=Leaping()
    )
    tries = (heard for heard in follow(source, threading.Event()) if isinstance(heard, Refused))
    assert {heard.reason_code for heard in islice(tries, 1_100)} == {"socket_error"}


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (7, 30), (5_000, 30)]
)
def test_waits_double_up_to_half_a_minute_and_are_spread(
    monkeypatch: pytest.MonkeyPatch, failures: int, seconds: float
) -> None:
    spread: list[tuple[float, float]] = []

    def middle(least: float, most: float) -> float:
        spread.append((least, most))
        return 1.0

    monkeypatch.setattr(relay.random, "uniform", middle)
    assert relay._backoff(failures) == seconds
    assert spread == [(0.5, 1.5)]
