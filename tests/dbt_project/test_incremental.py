"""After any sequence of loads and control changes, an incremental build equals a full one.

The rows are random: several players, sessions over midnight and beside each other, lost and
repeated ticks, two worlds of one player, loads that come late and out of order. Nothing is known
about what the statistics should be; the unit tests and the truths say that.
"""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.raw_tables import create_raw_tables

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"
EVERYTHING = (
    "+fct_area_visits",
    "+fct_play_sessions",
    "+fct_player_hour_periods",
    "+fct_player_movement_periods",
    "+fct_player_periods",
    "+int_wrapped__inputs_applied",
)
MINUTE = 60_000
DAY = 24 * 60 * MINUTE
START = 1_740_700_800_000  # 28 February 2025, 00:00 UTC
SKILLS = (
    "ATTACK",
    "DEFENCE",
    "STRENGTH",
    "HITPOINTS",
    "RANGED",
    "PRAYER",
    "MAGIC",
    "COOKING",
    "WOODCUTTING",
    "FLETCHING",
    "FISHING",
    "FIREMAKING",
    "CRAFTING",
    "SMITHING",
    "MINING",
    "HERBLORE",
    "AGILITY",
    "THIEVING",
    "SLAYER",
    "FARMING",
    "RUNECRAFT",
    "HUNTER",
    "CONSTRUCTION",
)

Row = tuple[object, ...]


@dataclass
class World:
    """Random telemetry, as rows by raw table."""

    chance: random.Random
    rows: dict[str, list[Row]] = field(default_factory=dict)
    id_counter: int = 0

    def key(self, event_ms: int) -> Row:
        self.id_counter += 1
        arrives = event_ms // 1000 + self.chance.choice((0, 1, 2, 90_000))
        return (arrives, "00000000aa", self.id_counter, "mongo")

    def add(self, table: str, event_ms: int, envelope: Row, own: Row) -> None:
        row = (*self.key(event_ms), event_ms, *envelope, *own, None)
        self.rows.setdefault(table, []).append(row)
        if self.chance.random() < 0.02:  # sent again
            self.rows[table].append((*self.key(event_ms + 60_000), *row[4:]))

    def play(self, username: str, start_ms: int, ticks: int, world: str) -> None:
        """One login session with everything that can happen in it."""
        session_id = f"session-{start_ms - 8000}"
        chance = self.chance
        x, y = chance.choice(((3222, 3218), (3165, 3485), (6500, 3000), (2000, 4000)))
        tick, event_ms, energy = chance.randrange(5), start_ms, 9000
        best = {skill: 5000 if world == "main" else 10 for skill in SKILLS} | {"HITPOINTS": 9000}
        for skill in SKILLS if chance.random() < 0.8 else ():
            xp = best[skill] + start_ms // 1_000_000 % 1_000_000
            best[skill] = xp
            drop: Row = (skill, xp, 30, 30)
            self.add("stat_changed", event_ms, (username, tick, session_id), drop)
        for _ in range(ticks):
            step = chance.choice((1,) * 60 + (2, 3, 140))
            tick, event_ms = tick + step, event_ms + step * 600 + chance.randrange(-20, 20)
            envelope = (username, tick, session_id)
            if chance.random() < 0.01:
                x, y = chance.choice(((3222, 3218), (3165, 3485), (6500, 3000), (2000, 4000)))
            elif chance.random() < 0.2:
                x, y, energy = x + chance.randrange(3), y + chance.randrange(3), energy - 68
            region_id = ((x >> 6) << 8) | (y >> 6)
            own = (energy, 50, 40, None, x, y, region_id, None, None, chance.randrange(3))
            self.add("game_ticks", event_ms, envelope, own)
            if chance.random() < 0.01:
                skill = chance.choice(SKILLS)
                best[skill] += 40
                self.add("stat_changed", event_ms, envelope, (skill, best[skill], 30, 30))
            if chance.random() < 0.02:
                actor = ("Goblin", 1, 3029, 2, x, y, region_id, None, None)
                self.add("hitsplat_applied", event_ms, envelope, (*actor, 3, 16, tick, True, False))
            if chance.random() < 0.004:
                actor = ("Goblin", 1, 3029, 2, x, y, region_id, None, None)
                self.add("loot_received", event_ms, envelope, actor)


def random_world(seed: int) -> World:
    """Three names, one of them in two worlds, over a week."""
    world = World(random.Random(seed))
    chance = world.chance
    for username in ("Alpha One", "Beta", "Gamma"):
        for day in range(7):
            start_ms = START + day * DAY + chance.randrange(22 * 60) * MINUTE
            world.play(username, start_ms, chance.randrange(5, 260), chance.choice(("main", "new")))
            if chance.random() < 0.5:  # beside the first, or soon after
                beside_ms = start_ms + chance.choice((1, 2, 4, 30)) * MINUTE
                world.play(username, beside_ms, chance.randrange(5, 260), "main")
            if chance.random() < 0.4:
                world.play(username, START + (day + 1) * DAY - MINUTE, 250, "main")
    return world


@dataclass(frozen=True)
class House:
    """A data folder with a build file."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "build" / "warehouse.duckdb"

    def execute(self, *statements: str) -> None:
        with duckdb.connect(str(self.file)) as connection:
            for statement in statements:
                connection.execute(statement)

    def insert(self, table: str, rows: list[Row], load_id: str) -> None:
        if not rows:
            return
        with duckdb.connect(str(self.file)) as connection:
            marks = ", ".join("?" * (len(rows[0]) + 1))
            connection.execute("begin")
            connection.executemany(
                f"insert into raw_wrapped.{table} values ({marks})",
                [(*row, load_id) for row in rows],
            )
            connection.execute("commit")

    def dbt(self, *arguments: str) -> None:
        project, outputs = str(PROJECT), str(self.folder / "dbt")
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("dbt")),
                *arguments,
                "--quiet",
                *("--project-dir", project, "--profiles-dir", project),
                *("--target-path", outputs, "--log-path", outputs),
            ],
            env=os.environ | {"WAREHOUSE__FOLDER": str(self.folder), "DO_NOT_TRACK": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]

    def build(self) -> None:
        self.dbt("run", "--select", *EVERYTHING)

    def full_build(self) -> "House":
        """The same raw data in another folder, built from nothing."""
        other = House(self.folder.with_name(f"{self.folder.name}-full"))
        shutil.rmtree(other.folder, ignore_errors=True)
        other.file.parent.mkdir(parents=True)
        shutil.copy(self.file, other.file)
        other.execute("drop schema intermediate cascade", "drop schema mart_wrapped cascade")
        other.build()
        return other


def differences(one: House, other: House) -> dict[str, int]:
    """Rows by mart that only one of the two has."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one.file}' as one (read_only)")
        connection.execute(f"attach '{other.file}' as other (read_only)")
        marts = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'other' "
            "and schema_name = 'mart_wrapped' order by table_name"
        ).fetchall()
        assert len(marts) > 12
        for (mart,) in marts:
            count = connection.execute(
                f"""
                select count(*) from (
                    (from one.mart_wrapped.{mart} except all from other.mart_wrapped.{mart})
                    union all
                    (from other.mart_wrapped.{mart} except all from one.mart_wrapped.{mart})
                )
                """
            ).fetchone()
            if count is not None and count[0]:
                found[str(mart)] = int(count[0])
    return found


@pytest.fixture(scope="module")
def empty_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Empty raw tables and the seeds."""
    house = House(tmp_path_factory.mktemp("incremental") / "empty")
    house.file.parent.mkdir(parents=True)
    with duckdb.connect(str(house.file)) as connection:
        create_raw_tables(connection)
    house.dbt("seed")
    return house


@pytest.fixture
def house(empty_house: House, tmp_path: Path) -> Iterator[House]:
    """A copy of the empty house for one test."""
    copy = House(tmp_path / "house")
    shutil.copytree(empty_house.folder, copy.folder)
    yield copy
    shutil.rmtree(tmp_path, ignore_errors=True)


PLAYERS = "insert into raw_wrapped.players (username, time_zone, valid_from, opt_out) values "
CONTROL_CHANGES: tuple[tuple[str, ...], ...] = (
    (
        PLAYERS + "('Alpha One', 'Pacific/Auckland', null, false)",
        "insert into raw_wrapped.excluded_ranges values "
        "('Gamma', '2025-03-01 10:00:00', '2025-03-02 11:00:00', 'test', null)",
    ),
    ("insert into raw_wrapped.renames values ('Beta', 'Delta', '2025-03-03 12:00:00', null)",),
    (
        "delete from raw_wrapped.excluded_ranges",
        "insert into raw_wrapped.profile_overrides values "
        "('Gamma', '2025-03-02 00:00:00', '2025-03-04 00:00:00', 'league', null)",
        PLAYERS + "('alpha_one', 'America/New_York', '2025-03-04 05:00:00', false)",
    ),
    (PLAYERS + "('Gamma', 'UTC', null, true)",),
)


def split(world: World, loads: int) -> list[dict[str, list[Row]]]:
    """Deal the rows to loads, most by their time and one in ten anywhere."""
    packages: list[dict[str, list[Row]]] = [
        {table: [] for table in world.rows} for _ in range(loads)
    ]
    for table, rows in world.rows.items():
        for row in rows:
            days = (int(str(row[4])) - START) / DAY
            on_time = min(int(days / 8 * loads), loads - 1)
            late = world.chance.randrange(loads)
            packages[on_time if world.chance.random() < 0.9 else late][table].append(row)
    return packages


def test_any_sequence_of_loads_equals_a_full_build(house: House) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    packages = split(random_world(seed), len(CONTROL_CHANGES) + 1)
    for number, package in enumerate(packages):
        for table, rows in package.items():
            house.insert(table, rows, f"17407{number:05d}.0")
        if number:
            house.execute(*CONTROL_CHANGES[number - 1])
        house.build()
        if number in {2, len(packages) - 1}:
            assert differences(house, house.full_build()) == {}, f"seed {seed}, load {number}"


def test_a_build_that_stopped_half_way_is_done_again(house: House) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    for number, package in enumerate(split(random_world(seed), 2)):
        for table, rows in package.items():
            house.insert(table, rows, f"17407{number:05d}.0")
        if number == 0:
            house.build()
    house.execute(*CONTROL_CHANGES[0])
    house.dbt("run", "--select", "+fct_game_ticks", "+fct_player_days")
    house.execute("delete from raw_wrapped.players", "delete from raw_wrapped.excluded_ranges")
    house.build()
    assert differences(house, house.full_build()) == {}, f"seed {seed}"
