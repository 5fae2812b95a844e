from random import Random

from sample_world.wrapped.instants import utc_ms, zone_ms
from sample_world.wrapped.plan import Player
from sample_world.wrapped.reference import CATHERBY, GRAND_EXCHANGE, LEVEL_XP, LUMBRIDGE, VARROCK
from sample_world.wrapped.tallies import books_of
from sample_world.wrapped.truths import Period, clipped_sessions, outfit_id, player_id, time_truth

MARCH = Period("2025-03", "2025-03-01", "2025-04-01")
SECOND = Period("second", "2025-03-02", "2025-03-03")


def player(name: str = "Test Goblin") -> Player:
    return Player(name=name, rng=Random(1))


def test_levels_follow_the_formula() -> None:
    known = {2: 83, 10: 1_154, 50: 101_333, 92: 6_517_253, 99: 13_034_431, 126: 188_884_740}
    assert {level: LEVEL_XP[level - 1] for level in known} == known


def test_the_players_name_makes_the_id() -> None:
    assert player_id(player("Test\u00a0Goblin")) == player_id(player("test_goblin"))


def test_an_outfit_is_the_start_of_its_digest() -> None:
    assert outfit_id([0] * 12) == outfit_id((0,) * 12)
    assert outfit_id([0] * 12) != outfit_id([0] * 11 + [1])


def test_worked_example_of_sessions() -> None:
    seth = player()
    starts = {
        "2025-03-01 23:40": 1_500,
        "2025-03-01 23:57": 600,
        "2025-03-02 00:08": 100,
        "2025-03-02 09:00": 5,
        "2025-03-02 20:00": 6_000,
    }
    for start, ticks in starts.items():
        seth.login(utc_ms(start), GRAND_EXCHANGE).stand(ticks)
    book = books_of(seth)[1]
    march = time_truth(book, MARCH)
    assert march["sessions_count"] == 3
    assert march["median_session_seconds"] == 1_379.4
    assert march["longest_session_seconds"] == 3_599.4
    assert march["shortest_break_seconds"] == 300.6
    assert march["longest_break_seconds"] == 71_460.6
    assert march["ticks_count"] == 8_205
    second = time_truth(book, SECOND)
    assert second["median_session_seconds"] == 179.4
    assert second["ticks_count"] == 6_405
    assert [ticks for _, _, ticks in clipped_sessions(book, SECOND)] == [300, 100, 6_000]


def test_worked_example_of_visits() -> None:
    eve = player()
    login = eve.login(utc_ms("2025-06-03 12:00"), GRAND_EXCHANGE)
    login.stand(60).teleport(VARROCK, 8).teleport(GRAND_EXCHANGE, 30).teleport(VARROCK, 12)
    login.teleport(GRAND_EXCHANGE, 9)
    relog = eve.login(login.strips[-1].end_ms + 120_000, GRAND_EXCHANGE)
    relog.stand(20).teleport(VARROCK, 40)
    eve.login(utc_ms("2025-06-03 18:00"), GRAND_EXCHANGE).stand(15)
    book = books_of(eve)[1]
    visits = [visit.area_id for visit in book.visits]
    assert visits.count("grand-exchange") == 3
    assert visits.count("varrock") == 2
    assert book.areas["2025-06-03", "grand-exchange"] == 134
    assert book.areas["2025-06-03", "varrock"] == 60


def test_worked_example_of_gaps() -> None:
    gina = player()
    login = gina.login(utc_ms("2025-02-10 12:00"), LUMBRIDGE, tick=0).stand(1)
    for lost in (1, 30, 100, 101, 5_000):
        login.lose(lost)
    sums = books_of(gina)[1].sums["2025-02-10"]
    assert sums["lost"] == 5_232
    assert sums["credited"] == 131


def test_worked_example_of_idleness() -> None:
    abe = player()
    login = abe.login(utc_ms("2025-02-20 12:00"), CATHERBY, tick=0, shows_offers=False)
    login.stand(2).drop("FISHING", 40).stand(1).drop("FISHING", 40)
    login.stand(148).drop("FISHING", 40).stand(249)
    assert books_of(abe)[1].sums["2025-02-20"]["idle"] == 198


def test_midnight_splits_a_session() -> None:
    mia = player()
    mia.zones = ((0, "America/New_York"),)
    mia.login(zone_ms("2024-12-31 22:30", "America/New_York"), VARROCK).stand(18_000)
    sums = books_of(mia)[1].sums
    assert sums["2024-12-31"]["ticks"] == 9_000
    assert sums["2025-01-01"]["ticks"] == 9_000


def test_a_boat_step_is_a_jump_and_a_run_counts_two_tiles() -> None:
    eve = player()
    login = eve.login(utc_ms("2025-06-03 12:00"), LUMBRIDGE)
    login.stand(5).walk(3).run(4).play(2, step=(5, 0)).lose(3, 2).teleport(VARROCK, 2)
    sums = books_of(eve)[1].sums["2025-06-03"]
    assert (sums["walked"], sums["run"], sums["jumps"], sums["lost"]) == (3, 8, 3, 3)
