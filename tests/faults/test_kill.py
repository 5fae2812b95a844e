"""Kill runs at random points, start again, and compare with a run that nothing disturbed."""

import math
import os
import random
import time
from pathlib import Path

import pytest

from tests.faults.tiny_run import TinyRun

pytestmark = pytest.mark.xdist_group("tiny run")

# One chain: the command that is killed, in which of its steps, and the longest delay in seconds. A
# whole run is tried in every step; the steps alone cost less, so that there can be more points.
CHAIN = (
    ("run", "load", 8.0),
    ("run", "load", 8.0),
    ("run", "build", 25.0),
    ("run", "build", 40.0),
    ("run", "publish", 3.0),
    ("publish", "publish", 3.0),
    ("run", "export", 1.5),
    ("export", "export", 1.5),
    ("export", "export", 3.0),
)
DOMAINS = ("wrapped", "spinner")  # the chains' in turn: one domain a chain costs half as much
POINTS = int(os.environ.get("POINTS", "25"))
SEED = int(os.environ.get("SEED", str(random.randrange(10**6))))


def kill_in(run: TinyRun, domain: str, command: str, step: str, delay: float) -> str:
    """Start a command and kill it after a while in one of its steps.

    Returns:
        Where it was killed, or that it was faster.
    """
    words = [command] if command == "publish" else [command, domain]
    with run.start(*words) as process:
        assert process.stderr is not None
        said = ""
        for said in process.stderr:
            if said.startswith(f"{step} begins"):
                break
        else:
            raise AssertionError(f"{command} did not come to {step}: {said}")
        time.sleep(delay)
        was_over = process.poll() is not None
        process.kill()
        process.stderr.close()
    return f"{command} {'after' if was_over else 'in'} {step} at {delay:.2f} s"


@pytest.mark.parametrize("chain", range(math.ceil(POINTS / len(CHAIN))))
def test_a_killed_run_leaves_nothing_behind(
    chain: int, undisturbed: TinyRun, tmp_path: Path
) -> None:
    chance = random.Random(f"{SEED}-{chain}")
    killed = TinyRun(tmp_path / "data")
    domain = DOMAINS[chain % len(DOMAINS)]
    points = [
        kill_in(killed, domain, command, step, chance.uniform(0, longest))
        for command, step, longest in CHAIN[: POINTS - chain * len(CHAIN)]
    ]
    killed.run("run", domain)
    told = f"SEED={SEED}, chain {chain} ({domain}): {'; '.join(points)}"
    assert killed.differing_tables(undisturbed) == [], told
    if domain == "wrapped":
        assert killed.documents() == undisturbed.documents(), told
    else:
        assert killed.files() == undisturbed.files(), told
    generations = killed.folder / "generations"
    assert list(generations.glob("*.tmp")) == [], told
