"""The players of the sample world: each is one hard case, whose truth is known by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from sample_world.wrapped.broken import BILL, BILL_SESSION
from sample_world.wrapped.instants import utc_ms, zone_ms
from sample_world.wrapped.plan import TICK_MS, Fill, Login, Player, xp_for
from sample_world.wrapped.reference import (
    ABYSSAL_DEMON,
    BIG_BONES,
    BONES,
    CASTLE_WARS,
    CATHERBY,
    CLAWS,
    COINS,
    COW,
    EDGEVILLE,
    FALADOR,
    GIANT_MOLE,
    GOBLIN,
    GOD_WARS,
    GRAND_EXCHANGE,
    HILL_GIANT,
    HOUSE_COPY,
    KREEARRA,
    LUMBRIDGE,
    NATURE_RUNE,
    NOTED_SHARK,
    OTHER_GOBLIN,
    RELLEKKA_WOODS,
    SCIMITAR,
    SHARK,
    SKILLS,
    SLAYER_TOWER,
    TAGGED_GOBLIN,
    TAGGED_ITEM,
    UNKNOWN_ITEM,
    VARROCK,
    VISAGE,
    VORKATH,
    WHIP,
    WILDS,
    ZULRAH,
    ZULRAH_SHRINE,
    Place,
)

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
NOW_MS = utc_ms("2025-11-22 03:30")  # the world's present: nothing arrives later
WEAPON, BODY, LEGS, HEAD = 3, 4, 7, 0
NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class CustomPeriod:
    """A row of periods.csv."""

    period_id: str
    start: str
    end: str


CUSTOM_PERIODS = (
    CustomPeriod("spring", "2025-03-01", "2025-06-01"),
    CustomPeriod("summer", "2025-06-15", "2025-09-15"),
    CustomPeriod("new-year", "2024-12-31", "2025-01-02"),
)
RENAMES = (("Old Rae", "New Rae", utc_ms("2025-06-01 00:00")),)
EXCLUDED = (
    ("Excluded Ed", utc_ms("2025-06-12 00:00"), utc_ms("2025-06-13 00:00"), "shared client"),
)


def regular_play(login: Login, ticks: int) -> Login:
    """Play as most people do: a little of everything, in rounds of 100 ticks.

    Args:
        login: Where it goes on.
        ticks: How many; whole rounds, the rest is stood.
    """
    rng = login.player.rng
    for _ in range(ticks // 100):
        skill = rng.choice(("WOODCUTTING", "FISHING", "MINING", "COOKING", "CRAFTING"))
        xp = rng.randrange(20, 120)
        login.walk(10).run(5, (-1, 0))
        for number in range(7):
            login.stand(7).drop(skill, xp + (number == 3))  # noqa: PLR2004 - one drop differs
        login.boost("ATTACK", rng.randrange(1, 5)).stand(8)
        items = [(BONES, 1), (COINS, rng.randrange(1, 60))]
        if rng.random() < 0.1:  # noqa: PLR2004 - a rare drop
            items.append((SCIMITAR, 1))
        login.kill(rng.choice((GOBLIN, COW, HILL_GIANT)), items, ticks=12)
        login.drop("STRENGTH", 20).drop("HITPOINTS", 7).stand(16)
    return login.stand(ticks % 100)


def steady_sam(sam: Player, scale: float) -> None:
    """Ten sessions of gapless ticks in 2025.

    Args:
        sam: The player.
        scale: Share of the full plan.
    """
    for month in range(1, 11):
        login = sam.login(utc_ms(f"2025-{month:02}-03 18:00"), CATHERBY)
        drops = int(6_000 * scale) // 50
        for number in range(drops):
            login.stand(50).drop("FISHING", 40 + number % 3)


def gap_gina(gina: Player, _scale: float) -> None:
    """Gaps after ticks 0, 2, 33, 134, 236, 5237 of one session; a laptop that slept in another.

    Args:
        gina: The player.
    """
    login = gina.login(utc_ms("2025-02-10 12:00"), LUMBRIDGE, tick=0)
    login.stand(1)
    for lost in (1, 30, 100, 101, 5_000):
        login.lose(lost, 1)
    login.stand(100)
    asleep = gina.login(utc_ms("2025-02-12 12:00"), LUMBRIDGE)
    asleep.stand(150).play(200, pause_ms=3 * HOUR_MS)


def burst_bob(bob: Player, _scale: float) -> None:
    """Catch-up bursts, ticks in one second and in one millisecond; shuffled, two ingest processes.

    Args:
        bob: The player.
    """
    delays = Random(bob.rng.random())  # noqa: S311 - a plan, no secret
    for day in (3, 4, 9):
        login = bob.login(
            utc_ms(f"2025-05-0{day} 20:00"),
            VARROCK,
            arrival=lambda ms, _number: ms + delays.randrange(200, 20_000),
            process=lambda number: number % 2,
        )
        for _ in range(6):
            login.stand(60)
            login.play(1, pause_ms=1_732).play(4, ms=20, step=(1, 0)).play(3, ms=0)
            login.play(1, pause_ms=5).walk(20, (-1, 0)).run(8).drop("AGILITY", 46)


def hop_hana(hana: Player, _scale: float) -> None:
    """Four hops, with 500 xp in one, a burst that slips, a placeholder; two logins without ticks.

    Args:
        hana: The player.
    """
    placeholder = hana.login(utc_ms("2025-03-01 09:00"), FALADOR, has_bursts=False)
    placeholder.stand(1)
    for skill in SKILLS[:-1]:
        xp = 1_154 if skill == "HITPOINTS" else 0
        placeholder.stat(skill, placeholder.now_ms, placeholder.position, xp=xp)
    placeholder.stand(10).burst()
    placeholder.stand(60).drop("MAGIC", 65).stand(40)
    login = hana.login(utc_ms("2025-03-02 09:00"), FALADOR)
    login.stand(30).drop("MAGIC", 65).stand(20)
    login.hop().stand(30).drop("MAGIC", 65).stand(3)
    login.hop(untracked={"MAGIC": 500}).stand(130).drop("MAGIC", 80).stand(3)
    login.hop(slipping=5).stand(30)
    login.hop().stand(50).drop("RANGED", 12).stand(5)
    for number, day in enumerate((5, 6)):
        empty = hana.login(utc_ms(f"2025-03-0{day} 09:00"), FALADOR, tick=100 + number)
        empty.burst()


def midnight_mia(mia: Player, _scale: float) -> None:
    """New York, from 22:30 on New Year's Eve to 01:30.

    Args:
        mia: The player.
    """
    mia.zones = ((0, "America/New_York"),)
    login = mia.login(zone_ms("2024-12-31 22:30", "America/New_York"), VARROCK)
    for _ in range(180):
        login.stand(60).drop("COOKING", 30).walk(20).walk(20, (-1, 0))
    regular_play(mia.login(utc_ms("2025-02-02 23:00"), VARROCK), 400)


def clock_cleo(cleo: Player, _scale: float) -> None:
    """London, over both changes of the clock in 2025.

    Args:
        cleo: The player.
    """
    cleo.zones = ((0, "Europe/London"),)
    march = cleo.login(utc_ms("2025-03-30 00:50"), EDGEVILLE)
    for _ in range(20):
        march.stand(99).drop("THIEVING", 33).walk(1)
    october = cleo.login(utc_ms("2025-10-25 23:50"), EDGEVILLE)
    for _ in range(140):
        october.stand(98).drop("THIEVING", 33).walk(1).walk(1, (-1, 0))


def zone_zoe(zoe: Player, _scale: float) -> None:
    """London, from 1 July Tokyo.

    Args:
        zoe: The player.
    """
    zoe.zones = ((0, "Europe/London"), (utc_ms("2025-07-01 00:00"), "Asia/Tokyo"))
    for day in ("2025-06-15", "2025-06-30", "2025-07-01", "2025-07-15"):
        regular_play(zoe.login(utc_ms(f"{day} 22:30"), VARROCK), 700)
    regular_play(zoe.login(utc_ms("2025-07-20 14:30"), LUMBRIDGE), 400)


def leap_lee(lee: Player, _scale: float) -> None:
    """The leap day 2024 with its neighbours; 30 December 2024, in week 1 of 2025.

    Args:
        lee: The player.
    """
    for day in ("2024-02-28", "2024-02-29", "2024-03-01", "2024-12-30"):
        lee.login(utc_ms(f"{day} 15:00"), LUMBRIDGE).stand(150)


def last_lia(lia: Player, _scale: float) -> None:
    """Plays until the world's present: hers is the last document that arrives.

    Args:
        lia: The player.
    """
    ticks = 200
    start = NOW_MS - (ticks - 1) * TICK_MS - 250
    lia.login(start, LUMBRIDGE, shows_offers=False).stand(ticks)


def streak_stu(stu: Player, _scale: float) -> None:
    """Ticks per date of the worked example of streaks.

    Args:
        stu: The player.
    """
    ticks = {
        "2024-12-29": 400,
        "2024-12-30": 100,
        "2024-12-31": 2_500,
        "2025-01-01": 900,
        "2025-01-02": 150,
        "2025-01-03": 99,
        "2025-01-04": 100,
        "2025-02-27": 700,
        "2025-02-28": 700,
        "2025-03-01": 700,
        "2025-11-20": 300,
        "2025-11-21": 300,
    }
    for day, count in ticks.items():
        stu.login(utc_ms(f"{day} 08:00"), CATHERBY).stand(count)


def session_seth(seth: Player, _scale: float) -> None:
    """The worked example of sessions, over the night from 1 to 2 March.

    Args:
        seth: The player.
    """
    starts = {
        "2025-03-01 23:40": 1_500,
        "2025-03-01 23:57": 600,
        "2025-03-02 00:08": 100,
        "2025-03-02 09:00": 5,
        "2025-03-02 20:00": 6_000,
    }
    for start, count in starts.items():
        seth.login(utc_ms(start), GRAND_EXCHANGE).stand(count)


def old_rae(rae: Player, _scale: float) -> None:
    """Old Rae, who becomes New Rae on 1 June: 60 kills before, 40 after.

    Args:
        rae: The player.
    """
    rae.roots, rae.current_name = ("old rae", 0), "New Rae"
    for day, name, kills in (
        ("2025-05-10", "Old Rae", 30),
        ("2025-05-31", "Old Rae", 30),
        ("2025-06-01", "New Rae", 40),
    ):
        login = rae.login(utc_ms(f"{day} 16:00"), LUMBRIDGE, username=name)
        for _ in range(kills):
            login.stand(4).kill(GOBLIN, [(BONES, 1)])


def second_rae(rae: Player, _scale: float) -> None:
    """Somebody else, who takes the name Old Rae on 1 August.

    Args:
        rae: The player.
    """
    rae.roots, rae.current_name = ("old rae", 1), "Old Rae"
    login = rae.login(utc_ms("2025-08-01 16:00"), LUMBRIDGE, username="Old Rae")
    for _ in range(40):
        login.stand(4).kill(COW, [(BONES, 1)])


def nb_space(space: Player, _scale: float) -> None:
    """One player under five spellings.

    Args:
        space: The player.
    """
    names = (f"Nb{NBSP}Space", "Nb Space", "Nb_Space", "Nb-Space", "nb space")
    for day, name in enumerate(names, start=1):
        login = space.login(utc_ms(f"2025-04-0{day} 10:00"), LUMBRIDGE, username=name)
        regular_play(login, 200)
    space.current_name = "nb space"


def league_leo(leo: Player, _scale: float) -> None:
    """The main world, its rollback of 900 xp, then it and a Leagues world by turns.

    Args:
        leo: The player.
    """
    leo.xp[1] = dict.fromkeys(SKILLS, 400_000) | {"SAILING": 0}
    leo.xp[2] = dict.fromkeys(SKILLS, 0) | {"HITPOINTS": 1_154}
    before = leo.login(utc_ms("2025-01-03 19:00"), FALADOR)
    before.stand(50).drop("MINING", 3_000).stand(50)
    leo.skills(1)["MINING"] -= 900
    back = leo.login(utc_ms("2025-01-04 19:00"), FALADOR)
    back.stand(60).drop("MINING", 500).stand(60).drop("MINING", 700).stand(60)
    for number, profile in enumerate((1, 1, 2, 1, 2, 1, 2, 1)):
        start = utc_ms(f"2025-0{1 + number // 2}-1{number} 19:00")
        login = leo.login(start, FALADOR, profile=profile)
        login.stand(50).drop("MINING", 9_000 if profile == 2 else 200)  # noqa: PLR2004 (planned by hand)
        login.stand(100).drop("HITPOINTS", 300).stand(150)
    last = leo.login(utc_ms("2025-09-10 19:00"), FALADOR)
    last.stand(60).drop("MINING", 500).stand(60)
    leo.skills(2)["MINING"] += 2_100
    regular_play(leo.login(utc_ms("2025-08-10 19:00"), FALADOR, profile=2), 300)


def dup_dee(dee: Player, _scale: float) -> None:
    """Every document again, 10 s to 2 days later; one month also as the plugin's file.

    Args:
        dee: The player.
    """
    for number, day in enumerate(("2025-06-28", "2025-07-05", "2025-07-06", "2025-08-09")):
        later = (10_000, 600_000, 2 * DAY_MS)[number % 3]
        login = dee.login(
            utc_ms(f"{day} 17:00"),
            SLAYER_TOWER,
            repeats=(later, 2 * DAY_MS) if number == 1 else (later,),
            file_name="dee" if day.startswith("2025-07") else "",
        )
        regular_play(login, 300)
        actor = login.actor(ABYSSAL_DEMON.name, 1, ABYSSAL_DEMON.npc_id, 124)
        login.stand(4).hit(actor, 7, 16).hit(actor, 7, 16)
        login.cycle -= 30
        login.hit(actor, 7, 16).kill(ABYSSAL_DEMON, [(BIG_BONES, 1), (WHIP, 1)])
        login.loot(ABYSSAL_DEMON, [(BIG_BONES, 1), (WHIP, 1)]).stand(25).die("unknown")


def late_lou(lou: Player, _scale: float) -> None:
    """Three days that arrive five days late, one that arrives 40 days late.

    Args:
        lou: The player.
    """
    for day, days_late in (("01", 0), ("02", 5), ("03", 5), ("04", 5), ("05", 0), ("20", 40)):
        late = days_late * DAY_MS
        login = lou.login(
            utc_ms(f"2025-01-{day} 11:00"),
            CATHERBY,
            arrival=lambda ms, _number, late=late: ms + late + 250,
        )
        regular_play(login, 300)


def future_fay(fay: Player, _scale: float) -> None:
    """A session three days ahead, one an hour ahead, and a clock set back in the middle.

    Args:
        fay: The player.
    """
    regular_play(fay.login(utc_ms("2025-05-01 10:00"), LUMBRIDGE), 200)
    ahead = fay.login(utc_ms("2025-05-05 10:00"), LUMBRIDGE, is_counted=False, is_ahead=True)
    ahead.arrival = lambda ms, _number: ms - 3 * DAY_MS
    ahead.stand(120)
    hour = fay.login(utc_ms("2025-05-07 10:00"), LUMBRIDGE)
    hour.arrival = lambda ms, _number: ms - HOUR_MS
    regular_play(hour, 200)
    back = fay.login(utc_ms("2025-05-09 10:00"), LUMBRIDGE)
    back.stand(120).play(120, pause_ms=-30_000 + 17)


def legacy_lars(lars: Player, _scale: float) -> None:
    """Every schema version from v0 to v4.

    Args:
        lars: The player.
    """
    days = {0: "2023-05-10", 1: "2023-05-18", 2: "2023-06-10", 3: "2023-09-20", 4: "2023-10-20"}
    for version, day in days.items():
        login = lars.login(
            utc_ms(f"{day} 12:00"),
            LUMBRIDGE,
            version=version,
            has_bursts=version > 2,  # noqa: PLR2004 - the first with sessions is v3
            shows_offers=False,
        )
        if version <= 1:
            login.x = login.y = None
        login.stand(300)
        if version >= 1:
            login.stand(3).drop("FISHING", 50).stand(3).drop("FISHING", 50)
            login.offer(2, "BUYING", SHARK, 800, 10)
        goblin = login.actor(GOBLIN.name, 1, GOBLIN.npc_id, 2)
        if version >= 1:
            login.hit(goblin, 4, 16)
        if version >= 4:  # noqa: PLR2004 - the first with loot
            login.stand(2).kill(GOBLIN, [(BONES, 1)])
        login.stand(200)


def sqlite_sue(sue: Player, _scale: float) -> None:
    """Plays with the plugin's newest version, whose file is copied and grows.

    Args:
        sue: The player.
    """
    for day, name in (("2025-08-03", "sue"), ("2025-08-04", "sue"), ("2025-08-10", "sue-grown")):
        login = sue.login(
            utc_ms(f"{day} 10:00"),
            VARROCK,
            source="sqlite",
            file_name=name,
            version=5,
            extra={"accountHash": 123_456_789},
        )
        regular_play(login, 400)
        login.stand(25).die("unknown").stand(20)


def fighter_pat(pat: Player, _scale: float) -> None:
    """Dies by poison, venom, an NPC, a player, for no seen reason, and safely; strangers about.

    Args:
        pat: The player.
    """
    start = utc_ms("2025-03-05 18:00")
    poison, venom, block, dealt, dealt_max = 65, 5, 12, 16, 43
    for number, (place, cause) in enumerate(
        (
            (SLAYER_TOWER, "poison"),
            (SLAYER_TOWER, "venom"),
            (SLAYER_TOWER, "npc"),
            (EDGEVILLE, "player"),
            (EDGEVILLE, "unknown"),
            (CASTLE_WARS, "npc"),
            (HOUSE_COPY, "npc"),
        )
    ):
        login = pat.login(start + number * 2 * DAY_MS, place)
        demon = login.actor(ABYSSAL_DEMON.name, 1, ABYSSAL_DEMON.npc_id, 124)
        stranger = login.actor("Stranger X", 2, 11, 99)
        me = login.self_actor()
        login.stand(120)
        login.hit(demon, 0, block).stand(3).hit(demon, 20, dealt).stand(3).hit(demon, 31, dealt_max)
        login.hit(stranger, 9, 17, is_mine=False, counts=False)
        login.hit(demon, 9, 17, is_mine=False, counts=False)
        login.stand(30)
        match cause:
            case "poison":
                login.hit(me, 6, poison)
            case "venom":
                login.hit(me, 6, venom)
            case "npc":
                login.hit(demon, 0, block).stand(5).hit(me, 12, dealt)
            case "player":
                login.hit(stranger, 0, block).stand(5).hit(me, 12, dealt)
        login.stand(1).die(cause, ABYSSAL_DEMON.key if cause == "npc" else None)
        login.teleport(LUMBRIDGE, 5).stand(100)
        login.death_document(stranger)
        login.stand(20)


def boss_bea(bea: Player, _scale: float) -> None:
    """Split drops, stacked mobs, noted and unknown items, a long dry streak.

    Args:
        bea: The player.
    """
    login = bea.login(utc_ms("2025-03-08 12:00"), ZULRAH_SHRINE)
    login.kill(ZULRAH, [(NATURE_RUNE, 200)])
    login.stand(1).loot(ZULRAH, [(CLAWS, 1)], is_new=False)
    login.stand(60).kill(ZULRAH, [(NATURE_RUNE, 100), (NATURE_RUNE, 50)])
    login.stand(2).loot(ZULRAH, [(COINS, 5_000)], is_new=False)
    login.stand(60).kill(ZULRAH, [(NOTED_SHARK, 40), (SHARK, 2), (UNKNOWN_ITEM, 3)])
    login.stand(3).loot(ZULRAH, [(COINS, 1_000)])
    login.stand(60)
    stacked = bea.login(utc_ms("2025-03-09 12:00"), LUMBRIDGE)
    stacked.stand(30).kill(GOBLIN, [(BONES, 1)])
    stacked.loot(GOBLIN, [(BONES, 1)]).loot(GOBLIN, [(BONES, 1), (COINS, 5)])
    stacked.stand(1).loot(GOBLIN, [(BONES, 1)]).loot(OTHER_GOBLIN, [(COINS, 9)]).stand(30)
    dry = bea.login(utc_ms("2025-04-02 12:00"), FALADOR)
    for number in range(120):
        dry.stand(6).kill(GIANT_MOLE, [(BIG_BONES, 1), (COINS, 100 + number)])
    late = bea.login(utc_ms("2024-02-20 12:00"), GOD_WARS)
    late.stand(30).kill(VORKATH, [(VISAGE, 1)]).stand(30)
    aged = bea.login(utc_ms("2024-01-20 12:00"), GOD_WARS)
    aged.stand(30).kill(VORKATH, [(VISAGE, 1)]).stand(30)
    bea.logins.sort(key=lambda each: each.at_ms)


def max_mo(mo: Player, _scale: float) -> None:
    """A skill at 200M, a lamp to 99, levels to 126, the first sight of Sailing.

    Args:
        mo: The player.
    """
    skills = mo.skills(1)
    skills["COOKING"] = 199_999_500
    skills["HERBLORE"] = xp_for(94) + 10
    skills["FLETCHING"] = xp_for(126) - 500
    login = mo.login(utc_ms("2025-03-15 12:00"), FALADOR)
    login.stand(100).drop("COOKING", 500)
    for _ in range(30):
        login.stand(100).drop("FIREMAKING", 10)
    login.stand(100).drop("HERBLORE", xp_for(99) - xp_for(94)).stand(50)
    login.drop("FLETCHING", 600).stand(100)
    for _ in range(60):
        login.stand(5).drop("AGILITY", 12)
    skills["SAILING"] = 700
    sailing = mo.login(utc_ms("2025-11-20 12:00"), FALADOR)
    sailing.stand(100).drop("SAILING", 100).stand(100)


def afk_abe(abe: Player, _scale: float) -> None:
    """Still for 99, 100 and 101 ticks between two drops; still over midnight.

    Args:
        abe: The player.
    """
    login = abe.login(utc_ms("2025-02-01 12:00"), CATHERBY)
    login.stand(3).drop("FISHING", 40)
    for still in (99, 100, 101):
        login.stand(still + 1).drop("FISHING", 40)
    login.stand(50)
    night = abe.login(utc_ms("2025-02-01 23:50"), CATHERBY)
    night.stand(50).drop("FISHING", 40).stand(1_950)
    worked = abe.login(utc_ms("2025-02-20 12:00"), CATHERBY, tick=0, shows_offers=False)
    worked.stand(2).drop("FISHING", 40).stand(1).drop("FISHING", 40)
    worked.stand(148).drop("FISHING", 40).stand(249)


def explorer_eve(eve: Player, _scale: float) -> None:
    """Regions first seen in 2024 and in 2025, house copies, teleports, boats, and visits.

    Args:
        eve: The player.
    """
    first = eve.login(utc_ms("2024-06-01 12:00"), VARROCK)
    first.stand(20).walk(80).walk(80, (-1, 0)).teleport(LUMBRIDGE, 40).run(20).run(20, (-1, 0))
    again = eve.login(utc_ms("2025-06-01 12:00"), VARROCK)
    again.stand(20).teleport(WILDS, 30).teleport(Place(WILDS.x + 20, WILDS.y + 3), 12)
    again.play(5, step=(5, 0)).stand(20).teleport(HOUSE_COPY, 60).walk(10)
    again.teleport(RELLEKKA_WOODS, 30).walk(100, (0, 1)).lose(3, 20)
    visits = eve.login(utc_ms("2025-06-03 12:00"), GRAND_EXCHANGE)
    visits.stand(60).teleport(VARROCK, 8).teleport(GRAND_EXCHANGE, 30).teleport(VARROCK, 12)
    visits.teleport(GRAND_EXCHANGE, 9)
    relog = eve.login(visits.strips[-1].end_ms + 120_000, GRAND_EXCHANGE, tick=500)
    relog.stand(20).teleport(VARROCK, 40)
    eve.login(utc_ms("2025-06-03 18:00"), GRAND_EXCHANGE).stand(15)


def era_ed(ed: Player, _scale: float) -> None:
    """Gear of both eras, the old offset after the date, null and short lists.

    Args:
        ed: The player.
    """
    gear = {WEAPON: WHIP, BODY: 1127, LEGS: 1079}
    old = ed.login(utc_ms("2024-07-20 12:00"), VARROCK).wear(gear)
    old.stand(100).wear({WEAPON: SCIMITAR}).stand(50)
    stale = ed.login(utc_ms("2024-08-10 12:00"), VARROCK).wear(
        gear | {WEAPON: SCIMITAR}, offset=512
    )
    stale.is_stale_client = True
    stale.stand(80)
    new = ed.login(utc_ms("2025-01-10 12:00"), VARROCK).wear(gear)
    new.stand(120).wear({WEAPON: 1305, HEAD: 1163}).stand(30)
    new.equipment = None
    new.stand(20)
    new.equipment = (0,) * 11
    new.stand(10)
    new.wear(gear).stand(25)


def only_ola(ola: Player, _scale: float) -> None:
    """Offers only, never a tick.

    Args:
        ola: The player.
    """
    login = ola.login(utc_ms("2025-05-20 12:00"), GRAND_EXCHANGE, has_bursts=False)
    login.offer(1, "BUYING", SHARK, 800, 100, ms=login.at_ms, tick=200)
    login.offer(1, "BUYING", SHARK, 800, 100, 40, 31_000, ms=login.at_ms + 6_000, tick=210)
    login.fills.append(Fill(login.at_ms + 6_000, 1, SHARK, is_buy=True, quantity=40, gp=31_000))


def zero_zed(zed: Player, _scale: float) -> None:
    """Ticks only, with fields that nobody has declared.

    Args:
        zed: The player.
    """
    login = zed.login(
        utc_ms("2025-05-21 12:00"),
        LUMBRIDGE,
        has_bursts=False,
        extra={"world": 302, "worldTypes": ["MEMBERS"]},
    )
    login.stand(250).walk(10)


def double_tia(tia: Player, _scale: float) -> None:
    """Two clients at once; a second pair that overlaps by 30 s only.

    Args:
        tia: The player.
    """
    tia.login(utc_ms("2025-07-01 12:00"), VARROCK).stand(1_000)
    second = tia.login(
        utc_ms("2025-07-01 12:05"), VARROCK, is_counted=False, is_overlap=True, has_bursts=False
    )
    second.stand(400)
    tia.login(utc_ms("2025-07-08 12:00"), VARROCK).stand(500)
    tia.login(utc_ms("2025-07-08 12:04:30"), VARROCK).stand(500)


def out_oli(oli: Player, _scale: float) -> None:
    """Has opted out: nowhere in the results.

    Args:
        oli: The player.
    """
    oli.is_opted_out = True
    regular_play(oli.login(utc_ms("2025-07-09 12:00"), VARROCK, is_counted=False), 200)


def tag_tess(tess: Player, _scale: float) -> None:
    """Names that look like markup.

    Args:
        tess: The player.
    """
    login = tess.login(utc_ms("2025-03-20 12:00"), GOD_WARS)
    for _ in range(5):
        login.stand(6).kill(TAGGED_GOBLIN, [(TAGGED_ITEM, 1)])
    login.stand(6).kill(KREEARRA, [(BIG_BONES, 1), (COINS, 20_000)]).stand(50)


def broken_bill(bill: Player, _scale: float) -> None:
    """200 good ticks; the broken documents that bear his name are written elsewhere.

    Args:
        bill: The player.
    """
    login = bill.login(BILL_SESSION + 8_300, LUMBRIDGE)
    login.stand(200)


def excluded_ed(ed: Player, _scale: float) -> None:
    """Two sessions, one of which an operator has taken out.

    Args:
        ed: The player.
    """
    regular_play(ed.login(utc_ms("2025-06-10 12:00"), VARROCK), 200)
    regular_play(ed.login(utc_ms("2025-06-12 12:00"), VARROCK, is_counted=False), 200)


def merchant_gus(gus: Player, _scale: float) -> None:
    """The worked example of offers in slot 0, and plain trades in the others.

    Args:
        gus: The player.
    """
    start = utc_ms("2025-06-20 12:00")
    first = gus.login(start, GRAND_EXCHANGE, tick=0)
    shark = (SHARK, 800, 1_000)
    at = play_to(first, 1)
    for _ in range(2):
        first.offer(0, "BUYING", *shark, 120, 93_600)
    at(300)
    for _ in range(2):
        first.offer(0, "BUYING", *shark, 300, 234_000)
    trade_fill(first, 0, SHARK, 180, 140_400)
    at(5_000)
    first.offer(0, "EMPTY")
    second = gus.login(first.strips[-1].end_ms + HOUR_MS, GRAND_EXCHANGE, tick=5_001)
    at = play_to(second, 5_002)
    second.offer(0, "BOUGHT", *shark, 1_000, 780_000)
    trade_fill(second, 0, SHARK, 700, 546_000, is_offline=True)
    at(5_100)
    second.offer(0, "EMPTY")
    at(5_200)
    second.offer(0, "BUYING", *shark, 0, 0)
    at(5_210)
    second.offer(0, "BUYING", *shark, 400, 316_000)
    trade_fill(second, 0, SHARK, 400, 316_000)
    for tick in (5_220, 5_221):
        at(tick)
        second.offer(0, "CANCELLED_BUY", *shark, 400, 316_000)
    at(5_230)
    second.offer(0, "EMPTY")
    at(5_400)
    third = gus.login(second.strips[-1].end_ms + HOUR_MS, GRAND_EXCHANGE, tick=0)
    at = play_to(third, 1)
    third.offer(0, "SELLING", SHARK, 850, 500, 200, 171_000)
    trade_fill(third, 0, SHARK, 200, 171_000, is_buy=False, is_offline=True)
    at(90)
    third.offer(0, "SOLD", SHARK, 850, 500, 500, 426_000)
    trade_fill(third, 0, SHARK, 300, 255_000, is_buy=False)
    at(200)
    big = gus.login(utc_ms("2025-06-25 12:00"), GRAND_EXCHANGE)
    big.stand(20)
    for slot in range(1, 8):
        item, price = (CLAWS, 30_000_000) if slot == 7 else (NATURE_RUNE, 100 + slot)  # noqa: PLR2004 (planned by hand)
        total = 10 * slot
        big.offer(slot, "BUYING", item, price, total)
        big.stand(3).offer(slot, "BUYING", item, price, total, slot, slot * price)
        trade_fill(big, slot, item, slot, slot * price)
        big.stand(3).offer(slot, "BOUGHT", item, price, total, total, total * price)
        trade_fill(big, slot, item, total - slot, (total - slot) * price)
        big.stand(3).offer(slot, "EMPTY")
    big.stand(20)


def play_to(login: Login, tick: int) -> Callable[[int], None]:
    """Stand until a tick of this number has been played.

    Args:
        login: The login.
        tick: Number of the tick.

    Returns:
        A function that goes on to later ticks.
    """

    def go_on(number: int) -> None:
        last = login.strips[-1].tick + login.strips[-1].count - 1
        login.stand(number - last)

    login.stand(tick - login.tick + 1)
    return go_on


def trade_fill(
    login: Login,
    slot: int,
    item_id: int,
    quantity: int,
    gp: int,
    *,
    is_buy: bool = True,
    is_offline: bool = False,
) -> None:
    """Note what the last offer change filled.

    Args:
        login: The login.
        slot: Slot of the offer.
        item_id: Item traded.
        quantity: Items since the change before.
        gp: Gp since the change before.
        is_buy: Whether it was bought.
        is_offline: Whether it was filled between logins.
    """
    login.fills.append(
        Fill(login.now_ms, slot, item_id, is_buy, quantity, gp, is_offline=is_offline)
    )


Plan = Callable[[Player, float], None]
NAMED: tuple[tuple[str, Plan], ...] = (
    ("Steady Sam", steady_sam),
    ("Gap Gina", gap_gina),
    ("Burst Bob", burst_bob),
    ("Hop Hana", hop_hana),
    ("Midnight Mia", midnight_mia),
    ("Clock Cleo", clock_cleo),
    ("Zone Zoe", zone_zoe),
    ("Leap Lee", leap_lee),
    ("Last Lia", last_lia),
    ("Streak Stu", streak_stu),
    ("Session Seth", session_seth),
    ("New Rae", old_rae),
    ("Second Rae", second_rae),
    ("Nb Space", nb_space),
    ("League Leo", league_leo),
    ("Dup Dee", dup_dee),
    ("Late Lou", late_lou),
    ("Future Fay", future_fay),
    ("Legacy Lars", legacy_lars),
    ("Sqlite Sue", sqlite_sue),
    ("Merchant Gus", merchant_gus),
    ("Fighter Pat", fighter_pat),
    ("Boss Bea", boss_bea),
    ("Max Mo", max_mo),
    ("Afk Abe", afk_abe),
    ("Explorer Eve", explorer_eve),
    ("Era Ed", era_ed),
    ("Only Ola", only_ola),
    ("Zero Zed", zero_zed),
    ("Double Tia", double_tia),
    ("Out Oli", out_oli),
    ("Tag Tess", tag_tess),
    (BILL, broken_bill),
    ("Excluded Ed", excluded_ed),
)
IN_TINY = frozenset(
    {
        "Steady Sam",
        "Gap Gina",
        "Last Lia",
        "Burst Bob",
        "Hop Hana",
        "New Rae",
        "Second Rae",
        "Nb Space",
        "League Leo",
        "Dup Dee",
        "Future Fay",
        "Sqlite Sue",
        "Boss Bea",
        "Era Ed",
        "Tag Tess",
        BILL,
    }
)
SCALES = {"tiny": 0.05, "small": 0.35, "medium": 1.0, "large": 1.0}
CROWD_SIZES = {"tiny": 0, "small": 0, "medium": 25, "large": 25}
CROWD_SESSIONS = {"tiny": 0, "small": 0, "medium": 3, "large": 36}


def crowd_player(crowd: Player, number: int, sessions: int) -> None:
    """Play 6,000 + 300 x number ticks; number 24 plays 5,400, and 23 as many as 22.

    Args:
        crowd: The player.
        number: 0 to 24.
        sessions: How often: once in 2025, which ranks go by, the rest before it in 2024.
    """
    ticks = {23: 6_000 + 300 * 22, 24: 5_400}.get(number, 6_000 + 300 * number)
    starts = [utc_ms("2024-09-02 12:00") + n * 36 * HOUR_MS for n in range(sessions - 1)]
    for start in (*starts, utc_ms("2025-01-06 12:00")):
        regular_play(crowd.login(start + number * HOUR_MS // 4, VARROCK), ticks)


def plan_players(seed: int, size: str) -> Iterator[Player]:
    """Plan the players of a world, one after the other.

    Args:
        seed: Seed of every random choice.
        size: tiny, small, medium or large.

    Yields:
        Each player, planned; whoever writes them need not keep them.

    Raises:
        ValueError: There is no such size.
    """
    if size not in SCALES:
        msg = f"sample world: size is one of {', '.join(SCALES)}, not {size!r}"
        raise ValueError(msg)
    for name, plan in NAMED:
        if size != "tiny" or name in IN_TINY:
            player = new_player(seed, name)
            plan(player, SCALES[size])
            yield player
    for number in range(CROWD_SIZES[size]):
        player = new_player(seed, f"Crowd {number + 1:02}")
        crowd_player(player, number, CROWD_SESSIONS[size])
        yield player


def new_player(seed: int, name: str) -> Player:
    """Return a player without plans, with random choices of their own.

    Args:
        seed: Seed of the world.
        name: Name of the player.
    """
    return Player(name=name, rng=Random(f"{seed}|{name}"))  # noqa: S311 - a plan, no secret
