"""The true value of the statistics: one row of truth per row of a mart that the plan decides.

A row of truth names a mart, the key of one of its rows and the columns that must be equal there
(`expect`; null expects no such row), or a filter and totals over all rows that pass it (`totals`).
Times are UTC text. Only columns that the plan decides are named.
"""

import hashlib
import struct
from bisect import bisect_right
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

from sample_world.wrapped.instants import iso, zone_ms
from sample_world.wrapped.plan import Kill, Player, known_item
from sample_world.wrapped.players import CUSTOM_PERIODS, NOW_MS
from sample_world.wrapped.reference import (
    BIG_BONES,
    BONES,
    HIGHEST_LEVEL,
    LEVEL_XP,
    MOST_XP,
    SKILLS,
    area_of,
    unit_price,
)
from sample_world.wrapped.tallies import Book, Drop, Piece, Run, books_of

Row = dict[str, Any]

ALWAYS, NEVER = "1900-01-01", "2999-12-31"
REAL_SESSION_TICKS, ACTIVE_DAY_TICKS = 10, 100
SHORT_LOGIN_TICKS, CLOCK_TICKS = 10, 100
COMEBACK_SECONDS = 14 * 86_400
COMPLETE_AFTER_MS = 7 * 86_400_000
RATE_SECONDS, RATE_TICKS = 600, 1_000
BEST_HOUR_MS = 3_600_000
SATURDAY = 6
CHRONOTYPE_SHARE = 0.25
WEAPON_SLOT = 3
TICK_HOURS = 0.6 / 3600
BONE_ITEMS = {BONES, BIG_BONES}


@dataclass(frozen=True, slots=True)
class Period:
    """A range of local dates, the end exclusive."""

    period_id: str
    start: str
    end: str

    def holds(self, day: str) -> bool:
        """Say whether a date lies in it.

        Args:
            day: ISO date.
        """
        return self.start <= day < self.end


def player_id(player: Player) -> str:
    """Return the id that follows from the first name of a player.

    Args:
        player: The player.
    """
    key, segment = player.roots or (user_key(player.name), 0)
    return hashlib.md5(f"{key}|{segment}".encode(), usedforsecurity=False).hexdigest()[:16]


def user_key(name: str) -> str:
    """Return the spelling that all spellings of a name share.

    Args:
        name: As received.
    """
    return name.translate(str.maketrans("\u00a0_-", "   ")).strip().lower()


def outfit_id(outfit: Iterable[int]) -> int:
    """Return the number of an outfit.

    Args:
        outfit: Twelve slot values.
    """
    packed = struct.pack("<12i", *outfit)
    digest = hashlib.md5(packed, usedforsecurity=False).digest()
    return int(struct.unpack("<q", digest[:8])[0])


def periods_of(books: Iterable[Book]) -> list[Period]:
    """Return the periods that a player surely has: from the first to the last date with events.

    Args:
        books: All profiles of the player.
    """
    dates = sorted(set().union(*(book.event_dates for book in books)))
    if not dates:
        return []
    first, last = dates[0], dates[-1]
    periods = [Period("all", ALWAYS, NEVER)]
    for year in range(int(first[:4]), int(last[:4]) + 1):
        periods.append(Period(f"{year}", f"{year}-01-01", f"{year + 1}-01-01"))
        for month in range(1, 13):
            start = date(year, month, 1)
            end = start + timedelta(days=monthrange(year, month)[1])
            if first < end.isoformat() and start.isoformat() <= last:
                periods.append(Period(start.isoformat()[:7], start.isoformat(), end.isoformat()))
    for custom in CUSTOM_PERIODS:
        if first < custom.end and custom.start <= last:
            periods.append(Period(custom.period_id, custom.start, custom.end))
    return periods


def player_truths(player: Player) -> Iterator[Row]:
    """Work out the truths of one player, each with the columns that the specification decides.

    Args:
        player: The player, planned.

    Yields:
        Rows of truth.
    """
    yield from (without_undecided(row) for row in all_truths(player))


def all_truths(player: Player) -> Iterator[Row]:
    """Work out the truths of one player; `...` stands for a value that nothing decides.

    Args:
        player: The player, planned.

    Yields:
        Rows of truth.
    """
    books = books_of(player)
    identity = player_id(player)
    if player.is_opted_out:
        key = {"player_id": identity, "profile_number": 1, "period_id": "all"}
        yield {"player": player.name, "mart": "fct_player_periods", "key": key, "expect": None}
        return
    main = main_profile(books)
    yield {
        "player": player.name,
        "mart": "dim_players",
        "key": {"player_id": identity},
        "expect": {
            "username": (player.current_name or player.name).replace("\u00a0", " "),
            "main_profile_number": main,
            "time_zone": player.zones[-1][1],
            "is_opted_out": False,
        },
    }
    for period in periods_of(books.values()):
        for number, book in books.items():
            if number != main and not any(period.holds(piece.date) for piece in book.pieces):
                continue
            key = {
                "player_id": identity,
                "profile_number": number,
                "period_id": period.period_id,
            }
            for mart, more, expect in period_rows(book, period):
                yield {
                    "player": player.name,
                    "mart": mart,
                    "key": key | more,
                    "expect": expect,
                }
    others = (*event_truths(player, books, identity), *legacy_truths(player, books[main]))
    yield from (row | {"player": player.name} for row in others)


def main_profile(books: dict[int, Book]) -> int:
    """Return the number of the profile that was seen over the longest time.

    Args:
        books: Profile number to book.
    """
    return max(
        books, key=lambda n: max(books[n].event_ms, default=0) - min(books[n].event_ms, default=0)
    )


def period_rows(book: Book, period: Period) -> Iterator[tuple[str, Row, Row]]:
    """Work out the rows of all period marts for one period.

    Args:
        book: One profile of a player.
        period: The period.

    Yields:
        Mart, further key, expected columns.
    """
    yield "fct_player_periods", {}, time_truth(book, period)
    yield "fct_player_movement_periods", {}, movement_truth(book, period)
    yield from hour_rows(book, period)
    yield from area_rows(book, period)
    yield from xp_rows(book, period)
    yield from fight_rows(book, period)
    yield from loot_rows(book, period)
    yield from gear_rows(book, period)


def total(book: Book, period: Period, measure: str) -> int:
    """Add up one measure over the dates of a period.

    Args:
        book: The book.
        period: The period.
        measure: Its name in the book.
    """
    return sum(sums[measure] for day, sums in book.sums.items() if period.holds(day))


def share(part: float, whole: float) -> float | None:
    """Divide, or return None for nothing.

    Args:
        part: Dividend.
        whole: Divisor.
    """
    return part / whole if whole else None


def seconds(ms: int | None) -> float | None:
    """Return seconds of milliseconds.

    Args:
        ms: Milliseconds or None.
    """
    return None if ms is None else ms / 1000


def ticks_by_date(book: Book, period: Period) -> dict[str, int]:
    """Return the ticks of each date with ticks, in order.

    Args:
        book: The book.
        period: The period.
    """
    return {
        day: sums["ticks"]
        for day, sums in sorted(book.sums.items())
        if period.holds(day) and sums["ticks"]
    }


def time_truth(book: Book, period: Period) -> Row:
    """Work out the time row.

    Args:
        book: The book.
        period: The period.
    """
    ticks = total(book, period, "ticks")
    lost, credited = total(book, period, "lost"), total(book, period, "credited")
    idle = total(book, period, "idle")
    truth: Row = {
        "ticks_count": ticks,
        "lost_ticks_count": lost,
        "credited_lost_ticks_count": credited,
        "overlap_ticks_count": total(book, period, "overlap"),
        "world_hops_count": sum(period.holds(day) for day in book.hops),
        "empty_logins_count": sum(period.holds(day) for day in book.empty_logins),
    }
    if not total(book, period, "overlap"):
        logins: Counter[str] = Counter()
        for piece in book.pieces:
            if period.holds(piece.date):
                logins[piece.session_id] += piece.count
        truth["logins_count"] = len(logins)
        truth["short_logins_count"] = sum(n < SHORT_LOGIN_TICKS for n in logins.values())
    through = through_ms(book)
    truth |= {
        "data_through_at": iso(through),
        "is_complete": period.end != NEVER
        and zone_ms(period.end, book.player.zones[-1][1]) + COMPLETE_AFTER_MS <= through,
    }
    truth |= session_truth(book, period) | day_truth(book, period) | clock_truth(book, period)
    if ticks:
        pieces = [piece for piece in book.pieces if period.holds(piece.date)]
        last = max(pieces, key=lambda piece: piece.end_ms)
        truth |= {
            "played_hours": ticks * TICK_HOURS,
            "adjusted_hours": (ticks + credited) * TICK_HOURS,
            "active_hours": (ticks - idle) * TICK_HOURS,
            "idle_hours": idle * TICK_HOURS,
            "idle_share": idle / ticks,
            "completeness_share": ticks / (ticks + lost),
            "first_tick_at": iso(pieces[0].start_ms),
            "first_area_id": pieces[0].area_id,
            "last_tick_at": iso(last.end_ms),
            "last_area_id": last.area_id,
        }
    return truth


def clipped_sessions(book: Book, period: Period) -> list[tuple[int, int, int]]:
    """Return start, end and ticks of the real play sessions as far as they lie in a period.

    Args:
        book: The book.
        period: The period.
    """
    parts: defaultdict[int, list[Run]] = defaultdict(list)
    for run in book.runs:
        if period.holds(run.date):
            parts[run.session_number].append(run)
    return [
        (runs[0].start_ms, max(run.end_ms for run in runs), sum(run.count for run in runs))
        for runs in parts.values()
        if sum(run.count for run in runs) >= REAL_SESSION_TICKS
    ]


def session_truth(book: Book, period: Period) -> Row:
    """Work out what sessions and the breaks between them say.

    Args:
        book: The book.
        period: The period.
    """
    sessions = clipped_sessions(book, period)
    breaks = [(after[0] - before[1], before[1], after[0]) for before, after in pairwise(sessions)]
    longest = max(sessions, key=lambda each: (each[1] - each[0], -each[0]), default=None)
    widest = max(breaks, key=lambda each: (each[0], -each[1]), default=None)
    is_comeback = widest is not None and widest[0] >= COMEBACK_SECONDS * 1000
    return {
        "sessions_count": len(sessions),
        "median_session_seconds": (
            median(end - start for start, end, _ in sessions) / 1000 if sessions else None
        ),
        "longest_session_seconds": seconds(longest[1] - longest[0]) if longest else None,
        "longest_session_started_at": iso(longest[0]) if longest else None,
        "longest_session_ticks_count": longest[2] if longest else 0,
        "shortest_break_seconds": seconds(min((each[0] for each in breaks), default=None)),
        "longest_break_seconds": seconds(widest[0]) if widest else None,
        "longest_break_from_at": iso(widest[1]) if widest else None,
        "longest_break_to_at": iso(widest[2]) if widest else None,
        "comeback_at": iso(widest[2]) if widest and is_comeback else None,
    }


def islands(days: Iterable[str]) -> list[list[str]]:
    """Group dates that follow each other.

    Args:
        days: ISO dates in order.
    """
    groups: list[list[str]] = []
    for day in days:
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        if groups and groups[-1][-1] == before:
            groups[-1].append(day)
        else:
            groups.append([day])
    return groups


def day_truth(book: Book, period: Period) -> Row:
    """Work out what days, weeks and months say.

    Args:
        book: The book.
        period: The period.
    """
    always = Period("", ALWAYS, NEVER)
    ever = [day for day, n in ticks_by_date(book, always).items() if n >= ACTIVE_DAY_TICKS]
    active = [day for day in ever if period.holds(day)]
    longest = max(islands(active), key=len, default=[])
    touching = [group for group in islands(ever) if any(period.holds(day) for day in group)]
    full = max(touching, key=len, default=[])
    ticks = ticks_by_date(book, period)
    truth: Row = {
        "active_days_count": len(active),
        "longest_streak_days": len(longest),
        "longest_streak_start_date": longest[0] if longest else None,
        "longest_streak_end_date": longest[-1] if longest else None,
        "longest_full_streak_days": len(full),
        "longest_full_streak_start_date": full[0] if full else None,
        "longest_full_streak_end_date": full[-1] if full else None,
        "current_streak_days": current_streak(book, period, active),
    }
    if not ticks:
        return truth
    busiest = max(ticks, key=lambda day: ticks[day])
    weeks: Counter[str] = Counter()
    months: Counter[str] = Counter()
    for day, count in ticks.items():
        calendar = date.fromisoformat(day).isocalendar()
        weeks[f"{calendar.year}-W{calendar.week:02}"] += count
        months[day[:7]] += count
    week = max(weeks, key=lambda each: weeks[each])
    month = max(months, key=lambda each: Fraction(months[each], days_inside(each, period)))
    weekend = sum(n for day, n in ticks.items() if date.fromisoformat(day).isoweekday() >= SATURDAY)
    return truth | {
        "busiest_date": busiest,
        "busiest_day_ticks_count": ticks[busiest],
        "busiest_week": week,
        "busiest_week_ticks_count": weeks[week],
        "best_month": month,
        "best_month_ticks_count": months[month],
        "weekend_share": weekend / sum(ticks.values()),
    }


def days_inside(month: str, period: Period) -> int:
    """Count the days of a month that lie in a period.

    Args:
        month: Like 2025-03.
        period: The period.
    """
    year, number = int(month[:4]), int(month[5:])
    days = monthrange(year, number)[1]
    return sum(period.holds(f"{month}-{day:02}") for day in range(1, days + 1))


def current_streak(book: Book, period: Period, active: list[str]) -> int:
    """Return the length of the streak that goes on at the end of a period or of the data.

    Args:
        book: The book.
        period: The period.
        active: Its active dates, in order.
    """
    through = book.date(through_ms(book))
    end = through
    if period.end != NEVER:
        last = (date.fromisoformat(period.end) - timedelta(days=1)).isoformat()
        end = min(last, through)
    before = (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    for group in islands(active):
        if end in group or before in group:
            return sum(day <= end for day in group)
    return 0


def through_ms(book: Book) -> int:
    """Return until when the sources of a player are known.

    Args:
        book: The book.
    """
    is_file = all(login.source == "sqlite" for login in book.player.logins)
    return max(book.event_ms) if is_file else NOW_MS


def clock_truth(book: Book, period: Period) -> Row:
    """Work out what the hours of the day say.

    Args:
        book: The book.
        period: The period.
    """
    hours: Counter[int] = Counter()
    for (day, hour), count in book.hours.items():
        if period.holds(day):
            hours[hour] += count
    ticks = sum(hours.values())
    if ticks < CLOCK_TICKS:
        return {"peak_hour": None, "chronotype": None}
    night = sum(hours[hour] for hour in range(5)) / ticks
    early = sum(hours[hour] for hour in range(5, 8)) / ticks
    kind = "daytime"
    if night >= CHRONOTYPE_SHARE and night >= early:
        kind = "night_owl"
    elif early >= CHRONOTYPE_SHARE:
        kind = "early_bird"
    return {
        "peak_hour": max(sorted(hours), key=lambda hour: hours[hour]),
        "chronotype": kind,
    }


def movement_truth(book: Book, period: Period) -> Row:
    """Work out the movement row.

    Args:
        book: The book.
        period: The period.
    """
    walked, run = total(book, period, "walked"), total(book, period, "run")
    tiles: Counter[tuple[int, int]] = Counter()
    regions: dict[int, str] = {}
    for (day, x, y), count in book.tiles.items():
        region = (x >> 6 << 8) | (y >> 6)
        regions[region] = min(day, regions.get(region, day))
        if period.holds(day):
            tiles[x, y] += count
    favourite = min(tiles, key=lambda tile: (-tiles[tile], tile), default=None)
    areas = area_ticks(book, period)
    known = [area for area in areas if area != "instance"]
    truth: Row = {
        "walked_tiles_count": walked,
        "run_tiles_count": run,
        "moved_tiles_count": walked + run,
        "jumps_count": total(book, period, "jumps"),
        "unique_tiles_count": len(tiles),
        "unique_regions_count": len({(x >> 6, y >> 6) for x, y in tiles}),
        "new_regions_count": sum(period.holds(day) for day in regions.values()),
        "favourite_tile_x": favourite[0] if favourite else None,
        "favourite_tile_y": favourite[1] if favourite else None,
        "favourite_tile_ticks_count": tiles[favourite] if favourite else 0,
        "favourite_area_id": min(
            known, key=lambda area: (-areas[area], book.area_names[area]), default=None
        ),
    }
    if total(book, period, "ticks"):
        truth["burned_energy_percent"] = total(book, period, "burned") / 100
        truth["restored_energy_percent"] = total(book, period, "restored") / 100
    return truth


def area_ticks(book: Book, period: Period) -> Counter[str]:
    """Return the ticks of each area.

    Args:
        book: The book.
        period: The period.
    """
    ticks: Counter[str] = Counter()
    for (day, area), count in book.areas.items():
        if period.holds(day):
            ticks[area] += count
    return ticks


def hour_rows(book: Book, period: Period) -> Iterator[tuple[str, Row, Row]]:
    """Work out the punch card, as far as there are ticks.

    Args:
        book: The book.
        period: The period.

    Yields:
        Mart, further key, expected columns.
    """
    card: Counter[tuple[int, int]] = Counter()
    for (day, hour), count in book.hours.items():
        if period.holds(day):
            card[date.fromisoformat(day).isoweekday(), hour] += count
    for (weekday, hour), count in sorted(card.items()):
        key = {"iso_weekday": weekday, "local_hour": hour}
        yield "fct_player_hour_periods", key, {"ticks_count": count}


def area_rows(book: Book, period: Period) -> Iterator[tuple[str, Row, Row]]:
    """Work out the rows of the areas.

    Args:
        book: The book.
        period: The period.

    Yields:
        Mart, further key, expected columns.
    """
    deaths = Counter(
        area_of(death.x, death.y)[0] for day, death in book.deaths if period.holds(day)
    )
    for area, ticks in sorted(area_ticks(book, period).items()):
        visits = [
            visit.start_ms
            for visit in book.visits
            if visit.area_id == area and period.holds(visit.date)
        ]
        expect = {
            "ticks_count": ticks,
            "played_hours": ticks * TICK_HOURS,
            "visits_count": len(visits),
            "first_visit_at": iso(min(visits)) if visits else None,
            "deaths_count": deaths[area],
        }
        yield "fct_player_area_periods", {"area_id": area}, expect


def xp_rows(book: Book, period: Period) -> Iterator[tuple[str, Row, Row]]:
    """Work out the rows of the skills and of all xp.

    Args:
        book: The book.
        period: The period.

    Yields:
        Mart, further key, expected columns.
    """
    drops = [drop for drop in book.drops if period.holds(drop.date)]
    reached = level_ups(book, period)
    skills = {skill: skill_truth(book, period, skill, drops, reached) for skill in SKILLS}
    for skill, truth in skills.items():
        yield "fct_player_skill_periods", {"skill": skill}, truth
    gained = {skill: truth["gained_xp"] for skill, truth in skills.items()}
    fought = {skill: xp for skill, xp in gained.items() if skill != "HITPOINTS"}
    active = {
        skill: sum(drop.active_ms for drop in drops if drop.skill == skill) for skill in SKILLS
    }
    biggest = max(drops, key=lambda drop: (drop.xp, -drop.ms), default=None)
    best = best_hour(drops)
    expect: Row = {
        name: sum(truth[name] for truth in skills.values())
        for name in (
            "gained_xp",
            "tracked_xp",
            "untracked_xp",
            "levels_gained_count",
            "virtual_levels_gained_count",
        )
    }
    expect |= {
        "new_99s_count": sum(level == HIGHEST_LEVEL for _, level in reached),
        "new_200m_count": sum(
            period.holds(day) and gain.xp == MOST_XP and gain.gained > 0 for day, gain in book.gains
        ),
        "favourite_skill": favourite(gained),
        "favourite_skill_without_hitpoints": favourite(fought),
        "favourite_skill_by_time": favourite(active),
        "xp_per_hour": xp_per_hour(drops),
        "active_seconds": sum(active.values()) / 1000 if drops else ...,
        "best_hour_xp": best[0] if best else None,
        "best_hour_ended_at": iso(best[1]) if best else None,
        "biggest_drop_xp": biggest.xp if biggest else None,
        "biggest_drop_skill": biggest.skill if biggest else None,
        "biggest_drop_at": iso(biggest.ms) if biggest else None,
    }
    yield "fct_player_xp_periods", {}, expect


def favourite(amounts: dict[str, int]) -> str | None:
    """Return the skill with the largest amount above 0.

    Args:
        amounts: Skill to amount.
    """
    best = min(amounts, key=lambda skill: (-amounts[skill], skill))
    return best if amounts[best] > 0 else None


def skill_truth(
    book: Book, period: Period, skill: str, drops: list[Drop], reached: list[tuple[str, int]]
) -> Row:
    """Work out the row of one skill.

    Args:
        book: The book.
        period: The period.
        skill: The skill.
        drops: All drops of the period.
        reached: Skill and level of all level-ups of the period.
    """
    mine = [(day, gain) for day, gain in book.gains if gain.skill == skill]
    inside = [gain for day, gain in mine if period.holds(day)]
    own = [drop for drop in drops if drop.skill == skill]
    levels = [level for name, level in reached if name == skill]
    common = Counter(drop.xp for drop in own)
    mode = max(common, key=lambda xp: (common[xp], xp), default=None)
    best = best_hour(own)
    truth: Row = {
        "gained_xp": sum(gain.gained for gain in inside),
        "tracked_xp": sum(gain.gained for gain in inside if gain.is_tracked),
        "untracked_xp": sum(gain.gained for gain in inside if not gain.is_tracked),
        "levels_gained_count": sum(level <= HIGHEST_LEVEL for level in levels),
        "virtual_levels_gained_count": sum(level > HIGHEST_LEVEL for level in levels),
        "xp_per_hour": xp_per_hour(own),
        "best_hour_xp": best[0] if best else None,
        "best_hour_ended_at": iso(best[1]) if best else None,
        "common_drop_xp": mode,
        "common_drop_count": common[mode] if mode is not None else 0,
    }
    if own:
        truth["active_seconds"] = sum(drop.active_ms for drop in own) / 1000
    known = [gain for day, gain in mine if day < period.end]
    if known and skill != "SAILING":
        before = [gain for day, gain in mine if day < period.start]
        first = mine[0][1]
        truth["start_xp"] = before[-1].xp if before else first.xp - first.gained
        truth["end_xp"] = known[-1].xp
    return truth


def level_ups(book: Book, period: Period) -> list[tuple[str, int]]:
    """Return skill and level of each level that was reached.

    Args:
        book: The book.
        period: The period.
    """
    return [
        (gain.skill, level)
        for day, gain in book.gains
        if gain.gained and period.holds(day)
        for level in range(
            bisect_right(LEVEL_XP, gain.xp - gain.gained) + 1, bisect_right(LEVEL_XP, gain.xp) + 1
        )
    ]


def xp_per_hour(drops: list[Drop]) -> float | None:
    """Return the xp per hour of activity, if that was long enough.

    Args:
        drops: Xp drops.
    """
    active_ms = sum(drop.active_ms for drop in drops)
    if active_ms < RATE_SECONDS * 1000:
        return None
    return sum(drop.xp for drop in drops) * 3_600_000 / active_ms


def best_hour(drops: list[Drop]) -> tuple[int, int] | None:
    """Return the most xp within an hour, and the time of the drop that ends it.

    Args:
        drops: Xp drops.
    """
    best: tuple[int, int] | None = None
    in_order = sorted(drops, key=lambda drop: drop.ms)
    oldest, newest, xp = 0, 0, 0
    for drop in in_order:
        while newest < len(in_order) and in_order[newest].ms <= drop.ms:
            xp += in_order[newest].xp
            newest += 1
        while in_order[oldest].ms <= drop.ms - BEST_HOUR_MS:
            xp -= in_order[oldest].xp
            oldest += 1
        if best is None or xp > best[0]:
            best = (xp, drop.ms)
    return best


def fight_rows(book: Book, period: Period) -> Iterator[tuple[str, Row, Row]]:
    """Work out the rows of kills and deaths.

    Args:
        book: The book.
        period: The period.

    Yields:
        Mart, further key, expected columns.
    """
    kills = [kill for day, kill in book.kills if period.holds(day)]
    deaths = [death for day, death in book.deaths if period.holds(day)]
    counts = Counter(kill.mob.key for kill in kills)
    levels = {mob: common_level(kills, mob) for mob in counts}
    for mob, count in sorted(counts.items()):
        mob_truth: Row = {
            "kills_count": count,
            "combat_level": levels[mob],
            "loot_value_gp": sum(
                value for kill in kills if kill.mob.key == mob for *_, value in stacks(kill)
            ),
        }
        yield "fct_player_mob_periods", {"mob_key": mob}, mob_truth
    places = Counter(area_of(death.x, death.y) for death in deaths)
    worst = min(places, key=lambda place: (-places[place], place[1] or ""), default=None)
    expect: Row = {
        "kills_count": len(kills),
        "most_killed_mob_key": min(
            counts, key=lambda mob: (-counts[mob], -levels[mob], mob), default=None
        ),
        "deaths_count": len(deaths),
        "safe_deaths_count": sum(area_of(death.x, death.y)[2] is True for death in deaths),
        "deadliest_area_id": worst[0] if worst else None,
        "first_death_at": iso(min(death.ms for death in deaths)) if deaths else None,
    }
    if total(book, period, "ticks"):
        expect["combat_hours"] = total(book, period, "combat") * TICK_HOURS
        expect["longest_deathless_hours"] = deathless_ticks(book, period) * TICK_HOURS
    yield "fct_player_combat_periods", {}, expect


def deathless_ticks(book: Book, period: Period) -> int:
    """Return the most ticks between neighbouring deaths, the ends of the period included.

    Args:
        book: The book.
        period: The period.
    """
    pieces = [piece for piece in book.pieces if period.holds(piece.date)]
    marks = [0]
    for day, death in book.deaths:
        if period.holds(day):
            marks.append(sum(ticks_before(piece, death.ms) for piece in pieces))
    marks.append(sum(piece.count for piece in pieces))
    return max(after - before for before, after in pairwise(marks))


def ticks_before(piece: Piece, ms: int) -> int:
    """Count the ticks of a piece before an instant.

    Args:
        piece: The piece.
        ms: The instant.
    """
    if piece.end_ms < ms:
        return piece.count
    if piece.start_ms >= ms:
        return 0
    step = (piece.end_ms - piece.start_ms) // (piece.count - 1)
    return (ms - 1 - piece.start_ms) // step + 1


def common_level(kills: list[Kill], mob: str) -> int:
    """Return the commonest combat level of a mob, of equals the higher.

    Args:
        kills: Kills of the period.
        mob: Key of the mob.
    """
    levels = Counter(kill.mob.combat_level for kill in kills if kill.mob.key == mob)
    return max(levels, key=lambda level: (levels[level], level))


def stacks(kill: Kill) -> list[tuple[int, int, int, int]]:
    """Return item, quantity, price and value of what a kill dropped, by unnoted item.

    Args:
        kill: The kill.
    """
    quantities: Counter[int] = Counter()
    for item, quantity in kill.items:
        quantities[known_item(item)] += quantity
    day = datetime.fromtimestamp(kill.ms / 1000, UTC).date()
    prices = {item: unit_price(item, day)[0] for item in quantities}
    return [(item, n, prices[item], n * prices[item]) for item, n in sorted(quantities.items())]


def loot_rows(book: Book, period: Period) -> Iterator[tuple[str, Row, Row]]:
    """Work out the rows of loot and of looted items.

    Args:
        book: The book.
        period: The period.

    Yields:
        Mart, further key, expected columns.
    """
    drops = [
        (kill, *stack) for day, kill in book.kills if period.holds(day) for stack in stacks(kill)
    ]
    kills_with: Counter[int] = Counter()
    quantities: Counter[int] = Counter()
    values: Counter[int] = Counter()
    for _, item, quantity, _, value in drops:
        kills_with[item] += 1
        quantities[item] += quantity
        values[item] += value
    for item, count in sorted(kills_with.items()):
        expect = {
            "looted_quantity": quantities[item],
            "looted_count": count,
            "looted_value_gp": values[item],
        }
        yield "fct_player_item_periods", {"item_id": item}, expect
    common = min(
        kills_with, key=lambda item: (-kills_with[item], -quantities[item], item), default=None
    )
    truth: Row = {
        "loot_value_gp": sum(values.values()),
        "common_drop_item_id": common,
        "common_drop_count": kills_with[common] if common is not None else 0,
        "bones_count": sum(quantities[item] for item in BONE_ITEMS),
        "unique_items_count": len(kills_with),
    }
    fought = total(book, period, "combat")
    truth["loot_gp_per_combat_hour"] = (
        truth["loot_value_gp"] / (fought * TICK_HOURS) if fought >= RATE_TICKS else None
    )
    best = min(drops, key=lambda drop: (-drop[4], drop[0].ms, drop[1]), default=None)
    if best is not None and best[4] > 0:
        dearest = min(drops, key=lambda drop: (-drop[3], drop[0].ms, drop[1]))
        truth |= {
            "best_drop_item_id": best[1],
            "best_drop_quantity": best[2],
            "best_drop_value_gp": best[4],
            "best_drop_mob_key": best[0].mob.key,
            "best_drop_at": iso(best[0].ms),
            "best_drop_area_id": area_of(best[0].x, best[0].y)[0],
            "best_unit_item_id": dearest[1],
            "best_unit_price_gp": dearest[3],
        }
    yield "fct_player_loot_periods", {}, truth


def gear_rows(book: Book, period: Period) -> Iterator[tuple[str, Row, Row]]:
    """Work out the rows of gear and outfits.

    Args:
        book: The book.
        period: The period.

    Yields:
        Mart, further key, expected columns.
    """
    gear: Counter[tuple[int, int]] = Counter()
    for (day, slot, item), count in book.gear.items():
        if period.holds(day):
            gear[slot, item] += count
    for (slot, item), count in sorted(gear.items()):
        expect = {"ticks_count": count, "played_hours": count * TICK_HOURS}
        yield "fct_player_gear_periods", {"slot_number": slot, "item_id": item}, expect
    outfits: Counter[int] = Counter()
    for (day, outfit), count in book.outfits.items():
        if period.holds(day):
            outfits[outfit_id(outfit)] += count
    weapons = {item: n for (slot, item), n in gear.items() if slot == WEAPON_SLOT}
    worn = min(outfits, key=lambda outfit: (-outfits[outfit], outfit), default=None)
    truth: Row = {
        "favourite_weapon_item_id": min(
            weapons, key=lambda item: (-weapons[item], item), default=None
        ),
        "favourite_outfit_id": worn,
        "favourite_outfit_ticks_count": outfits[worn] if worn is not None else 0,
    }
    yield "fct_player_style_periods", {}, truth


def event_truths(player: Player, books: dict[int, Book], identity: str) -> Iterator[Row]:
    """Work out how many rows the marts of events hold for a player, and their sums.

    Args:
        player: The player.
        books: Profile number to book.
        identity: The player's id.

    Yields:
        Rows of truth with totals.
    """
    where = {"player_id": identity}
    logins = [login for login in player.logins if login.is_counted]
    kills = [kill for book in books.values() for _, kill in book.kills]
    totals: list[tuple[str, Row, Row]] = [
        (
            "fct_game_ticks",
            {"is_overlap": False},
            {"rows_count": sum(strip.count for login in logins for strip in login.strips)},
        ),
        (
            "fct_kills",
            {},
            {
                "rows_count": len(kills),
                "loot_value_gp": sum(value for kill in kills for *_, value in stacks(kill)),
            },
        ),
        (
            "fct_loot_items",
            {},
            {
                "rows_count": sum(len(stacks(kill)) for kill in kills),
                "quantity": sum(n for kill in kills for _, n, _, _ in stacks(kill)),
            },
        ),
        (
            "fct_xp_gains",
            {},
            {"gained_xp": sum(g.gained for book in books.values() for _, g in book.gains)},
        ),
        (
            "fct_play_sessions",
            {},
            {
                "rows_count": sum(
                    len({run.session_number for run in book.runs}) for book in books.values()
                ),
                "ticks_count": sum(run.count for book in books.values() for run in book.runs),
            },
        ),
        (
            "fct_offer_fills",
            {},
            {
                "rows_count": sum(len(login.fills) for login in logins),
                "gp": sum(fill.gp for login in logins for fill in login.fills),
                "quantity": sum(fill.quantity for login in logins for fill in login.fills),
            },
        ),
    ]
    causes = Counter(death.cause_kind for login in logins for death in login.deaths)
    totals.extend(
        ("fct_own_deaths", {"cause_kind": cause}, {"rows_count": count})
        for cause, count in sorted(causes.items())
    )
    for login in logins:
        for fill in login.fills:
            more = {"slot": fill.slot, "filled_at": iso(fill.ms)}
            values = {"rows_count": 1, "quantity": fill.quantity, "gp": fill.gp}
            totals.append(("fct_offer_fills", more, values))
    for mart, more, expected in totals:
        yield {"mart": mart, "where": where | more, "totals": expected}


def legacy_truths(player: Player, book: Book) -> Iterator[Row]:
    """Work out the corrected form of the legacy statistics: main profile, all time.

    Args:
        player: The player.
        book: The main profile.

    Yields:
        Rows of truth.
    """
    always = Period("", ALWAYS, NEVER)
    key = {"form": "corrected", "username": player.current_name or player.name}
    movement = movement_truth(book, always)
    yield {
        "mart": "fct_legacy_ticks",
        "key": key,
        "expect": {"ticks_count": total(book, always, "ticks")},
    }
    yield {
        "mart": "fct_legacy_tiles",
        "key": key,
        "expect": {
            "tiles_count": movement["moved_tiles_count"],
            "favourite_x": movement["favourite_tile_x"],
            "favourite_y": movement["favourite_tile_y"],
        },
    }
    for mart, more, expect in gear_rows(book, always):
        if mart == "fct_player_gear_periods":
            ticks = {"ticks_count": expect["ticks_count"]}
            yield {"mart": "fct_legacy_equipment", "key": key | more, "expect": ticks}
    kills: Counter[str] = Counter(kill.mob.key for _, kill in book.kills)
    npc_ids: Counter[tuple[str, int]] = Counter(
        (kill.mob.key, kill.mob.npc_id) for _, kill in book.kills
    )
    looted: Counter[tuple[str, int]] = Counter()
    for _, kill in book.kills:
        for item, quantity, _, _ in stacks(kill):
            looted[kill.mob.key, item] += quantity
    for (mob, item), quantity in sorted(looted.items()):
        known = [(npc_ids[mob, npc_id], -npc_id) for name, npc_id in npc_ids if name == mob]
        yield {
            "mart": "fct_legacy_npc_loot",
            "key": key | {"mob_key": mob, "item_id": item},
            "expect": {
                "npc_id": -max(known)[1],
                "kill_count": kills[mob],
                "quantity": quantity,
            },
        }
    yield {
        "mart": "fct_legacy_deaths",
        "where": key,
        "totals": {"rows_count": len(book.deaths)},
    }


def without_undecided(row: Row) -> Row:
    """Leave out the columns that the specification does not decide for rows without events.

    Args:
        row: A row of truth; `...` marks such a column.
    """
    expect = row.get("expect")
    if expect is None:
        return row
    return row | {"expect": {name: value for name, value in expect.items() if value is not ...}}


def refused_rows(player: Player) -> Counter[str]:
    """Count the landed rows of a player that a rule keeps out, by reason.

    Args:
        player: The player.
    """
    refused: Counter[str] = Counter()
    for login in player.logins:
        if login.is_counted:
            continue
        ticks = sum(strip.count for strip in login.strips)
        if player.is_opted_out:
            refused["opted_out"] += ticks + len(login.events)
        elif login.is_overlap:
            refused["overlapping_session"] += ticks
        elif login.is_ahead:
            refused["future_timestamp"] += ticks + len(login.events)
        else:
            refused["excluded_range"] += ticks + len(login.events)
    return refused
