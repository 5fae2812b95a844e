"""Adds a player's plan up by local date, so that any period is a sum over its dates.

Nothing here looks at telemetry: a stretch of ticks is split at the hours of the player's clock by
arithmetic, and everything else is taken from what the plan says happened.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sample_world.wrapped.instants import QUARTER_MS, quarter_start
from sample_world.wrapped.plan import (
    SLOTS,
    TICK_MS,
    Death,
    Gain,
    Kill,
    Login,
    Player,
    Strip,
)
from sample_world.wrapped.reference import (
    INSTANCE_MIN_X,
    NEW_EQUIPMENT_FROM_MS,
    NEW_EQUIPMENT_OFFSET,
    OLD_EQUIPMENT_OFFSET,
    area_of,
)

SESSION_GAP_MS = 300_000
IDLE_TICKS, COMBAT_TICKS, CREDITED_TICKS = 100, 10, 100
VISIT_TICKS, EXCURSION_TICKS = 10, 10
WALKING, RUNNING = 1, 2
BODY_SLOTS = (1, 2, 3, 5)  # no body kit is shown there
KIT_FROM = 256

Outfit = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Ticks of one strip on one local date."""

    date: str
    start_ms: int
    end_ms: int
    count: int
    area_id: str | None
    area_name: str | None
    session_id: str


@dataclass(frozen=True, slots=True)
class Run:
    """Play of one date without a longer gap, in a play session."""

    date: str
    start_ms: int
    end_ms: int
    count: int
    session_number: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay in an area that was long enough to count."""

    date: str
    start_ms: int
    area_id: str


@dataclass(slots=True)
class Drop:
    """Xp earned before the client's eyes."""

    date: str
    ms: int
    skill: str
    xp: int
    active_ms: int = 0


def local_hour(player: Player, ms: int) -> tuple[str, int]:
    """Return date and hour on the player's clock.

    Args:
        player: Whose clock.
        ms: Epoch milliseconds.
    """
    zone = player.zones[bisect_right([since for since, _ in player.zones], ms) - 1][1]
    return quarter_start(zone, ms // QUARTER_MS)


def by_hour(
    player: Player, start_ms: int, count: int, ms: int
) -> Iterator[tuple[str, int, int, int]]:
    """Split ticks at the hours of the player's clock.

    Args:
        player: Whose clock.
        start_ms: Time of the first tick.
        count: Number of ticks.
        ms: Time from tick to tick.

    Yields:
        Date, hour, number of the first tick, ticks; in order.
    """
    first = 0
    while first < count:
        at = start_ms + first * ms
        until = (at // QUARTER_MS + 1) * QUARTER_MS
        ticks = count - first if ms == 0 else min(count - first, -((at - until) // ms))
        yield (*local_hour(player, at), first, ticks)
        first += ticks


@dataclass(slots=True)
class Book:
    """All that is true of one profile of a player, by local date."""

    player: Player
    profile: int
    hours: Counter[tuple[str, int]] = field(default_factory=Counter)
    sums: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    areas: Counter[tuple[str, str]] = field(default_factory=Counter)
    area_names: dict[str, str] = field(default_factory=dict)
    tiles: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    gear: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    outfits: Counter[tuple[str, Outfit]] = field(default_factory=Counter)
    pieces: list[Piece] = field(default_factory=list)
    hops: list[str] = field(default_factory=list)
    empty_logins: list[str] = field(default_factory=list)
    event_dates: set[str] = field(default_factory=set)
    event_ms: list[int] = field(default_factory=list)
    gains: list[tuple[str, Gain]] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    kills: list[tuple[str, Kill]] = field(default_factory=list)
    deaths: list[tuple[str, Death]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)

    def date(self, ms: int) -> str:
        """Return the player's local date of an instant.

        Args:
            ms: Epoch milliseconds.
        """
        return local_hour(self.player, ms)[0]


@dataclass(frozen=True)
class Positions:
    """Where the ticks of a login stand in its order, and which of them something goes for."""

    login: Login

    def first(self, strip: Strip) -> int:
        """Return the position of a strip's first tick.

        Args:
            strip: A strip of the login.
        """
        return strip.start_ms // TICK_MS if self.login.is_derived else strip.tick

    @cached_property
    def active(self) -> list[tuple[int, int]]:
        """First and last position of all that is no idleness, in order."""
        spans = [(tick, tick) for tick in self.login.active_ticks]
        for number, strip in enumerate(self.login.strips):
            first = self.first(strip)
            if number == 0:
                spans.append((first, first))
            if (strip.dx, strip.dy) != (0, 0):
                spans.append((first, first + strip.count - 1))
            elif strip.entry == "jump":
                spans.append((first, first))
        return sorted(spans)

    @cached_property
    def idle(self) -> list[tuple[int, int]]:
        """First and last position of each idle stretch, in order."""
        stretches, last = [], self.active[0][1]
        for first, end in self.active[1:]:
            if last + IDLE_TICKS <= first - 1:
                stretches.append((last + IDLE_TICKS, first - 1))
            last = max(last, end)
        stretches.append((last + IDLE_TICKS, 1 << 60))
        return stretches

    @cached_property
    def fighting(self) -> list[tuple[int, int]]:
        """First and last position of each fight, in order."""
        fights: list[tuple[int, int]] = []
        for hit in sorted(self.login.hit_ticks):
            if fights and hit <= fights[-1][1] + 1:
                fights[-1] = (fights[-1][0], hit + COMBAT_TICKS - 1)
            else:
                fights.append((hit, hit + COMBAT_TICKS - 1))
        return fights


def books_of(player: Player) -> dict[int, Book]:
    """Add up a player's plan.

    Args:
        player: The player.

    Returns:
        Profile number to book; a player without any counted login has an empty first book.
    """
    books: dict[int, Book] = {}
    for login in sorted(player.logins, key=lambda each: each.at_ms):
        book = books.setdefault(login.profile, Book(player, login.profile))
        if login.is_counted:
            enter_login(book, login)
        elif login.is_overlap:
            for strip in login.strips:
                for date, _, _, ticks in by_hour(player, strip.start_ms, strip.count, strip.ms):
                    book.sums[date]["overlap"] += ticks
    for book in books.values():
        book.pieces.sort(key=lambda piece: piece.start_ms)
        enter_runs(book)
        enter_visits(book)
    return books


def enter_login(book: Book, login: Login) -> None:
    """Enter one login.

    Args:
        book: The book of its profile.
        login: The login.
    """
    positions = Positions(login)
    for strip in login.strips:
        enter_strip(book, login, strip)
        for measure, stretches in (("idle", positions.idle), ("combat", positions.fighting)):
            enter_stretches(book, strip, positions.first(strip), stretches, measure)
    if not login.strips:
        book.empty_logins.append(book.date(login.events[0].ms))
    for event in login.events:
        book.event_dates.add(book.date(event.ms))
        book.event_ms.append(event.ms)
    book.event_ms.extend(ms for strip in login.strips for ms in (strip.start_ms, strip.end_ms))
    book.hops.extend(book.date(ms) for ms in login.hops)
    book.kills.extend((book.date(kill.ms), kill) for kill in login.kills)
    book.deaths.extend((book.date(death.ms), death) for death in login.deaths)
    book.gains.extend((book.date(gain.ms), gain) for gain in login.gains)
    enter_drops(book, login)


def enter_strip(book: Book, login: Login, strip: Strip) -> None:
    """Enter the ticks of a strip: time, places, steps, energy, gear.

    Args:
        book: The book.
        login: The login of the strip.
        strip: The strip.
    """
    area_id, area_name, _ = area_of(strip.x, strip.y)
    if area_id is not None and area_name is not None:
        book.area_names[area_id] = area_name
    tiles = max(abs(strip.dx), abs(strip.dy))
    by_date: Counter[str] = Counter()
    for date, hour, first, ticks in by_hour(book.player, strip.start_ms, strip.count, strip.ms):
        book.hours[date, hour] += ticks
        by_date[date] += ticks
        sums = book.sums[date]
        sums["ticks"] += ticks
        followers = ticks - (1 if first == 0 and strip.entry != "step" else 0)
        if strip.x is not None:
            match tiles:
                case 0:
                    pass
                case 1:
                    sums["walked"] += followers
                case 2:
                    sums["run"] += 2 * followers
                case _:
                    sums["jumps"] += followers
        sums["burned"] += max(-strip.energy_step, 0) * followers
        sums["restored"] += max(strip.energy_step, 0) * followers
        if first == 0:
            sums["jumps"] += strip.entry == "jump"
            sums["lost"] += strip.lost
            sums["credited"] += strip.lost if strip.lost <= CREDITED_TICKS else 0
        enter_tiles(book, strip, date, first, ticks)
    done = 0
    for date, ticks in by_date.items():
        start = strip.start_ms + done * strip.ms
        done += ticks
        end = strip.start_ms + (done - 1) * strip.ms
        book.pieces.append(Piece(date, start, end, ticks, area_id, area_name, login.session_id))
        book.event_dates.add(date)
        if area_id is not None:
            book.areas[date, area_id] += ticks
        enter_equipment(book, login, strip, date, ticks)


def enter_tiles(book: Book, strip: Strip, date: str, first: int, ticks: int) -> None:
    """Enter the tiles that a strip's ticks stand on, house copies left out.

    Args:
        book: The book.
        strip: The strip.
        date: Local date.
        first: Number of the first tick.
        ticks: How many.
    """
    if strip.x is None or strip.y is None or strip.x >= INSTANCE_MIN_X:
        return
    if (strip.dx, strip.dy) == (0, 0):
        book.tiles[date, strip.x, strip.y] += ticks
        return
    for number in range(first, first + ticks):
        book.tiles[date, strip.x + number * strip.dx, strip.y + number * strip.dy] += 1


def enter_equipment(book: Book, login: Login, strip: Strip, date: str, ticks: int) -> None:
    """Enter what was worn.

    Args:
        book: The book.
        login: The login of the strip.
        strip: The strip.
        date: Local date.
        ticks: How many.
    """
    worn = strip.equipment
    if worn is None or len(worn) != SLOTS or not login.shows_equipment:
        return
    outfit = tuple(worn)
    book.outfits[date, outfit] += ticks
    offset = offset_of(login)
    for slot, value in enumerate(outfit):
        if value > offset or (value == offset and offset == NEW_EQUIPMENT_OFFSET):
            book.gear[date, slot, value - offset] += ticks


def offset_of(login: Login) -> int:
    """Return what the login's client adds to item ids.

    Args:
        login: The login.
    """
    if login.at_ms - login.lead_ms < NEW_EQUIPMENT_FROM_MS or login.is_stale_client:
        return OLD_EQUIPMENT_OFFSET
    return NEW_EQUIPMENT_OFFSET


def enter_stretches(
    book: Book, strip: Strip, position: int, stretches: list[tuple[int, int]], measure: str
) -> None:
    """Enter the ticks of a strip that lie in stretches of positions.

    Args:
        book: The book.
        strip: The strip.
        position: Position of its first tick.
        stretches: First and last position of each.
        measure: Name of the sum.
    """
    for first, last in stretches:
        low = max(first - position, 0)
        high = min(last - position, strip.count - 1)
        if low <= high:
            start = strip.start_ms + low * strip.ms
            for date, _, _, ticks in by_hour(book.player, start, high - low + 1, strip.ms):
                book.sums[date][measure] += ticks


def enter_drops(book: Book, login: Login) -> None:
    """Enter the xp drops of a login with the time that each took.

    Args:
        book: The book.
        login: The login.
    """
    last: dict[str, Drop] = {}
    for gain in login.gains:
        if gain.is_baseline or gain.is_burst or not gain.is_tracked:
            continue
        drop = Drop(book.date(gain.ms), gain.ms, gain.skill, gain.gained)
        if gain.skill in last:
            before = last[gain.skill]
            before.active_ms = min(drop.ms - before.ms, SESSION_GAP_MS)
        last[gain.skill] = drop
        book.drops.append(drop)


def enter_runs(book: Book) -> None:
    """Join the pieces into runs and the runs into play sessions.

    Args:
        book: The book; its pieces are in order.
    """
    session = 0
    for piece in book.pieces:
        last = book.runs[-1] if book.runs else None
        is_near = last is not None and piece.start_ms - last.end_ms <= SESSION_GAP_MS
        if last is not None and is_near and last.date == piece.date:
            book.runs[-1] = Run(
                last.date,
                last.start_ms,
                max(last.end_ms, piece.end_ms),
                last.count + piece.count,
                session,
            )
            continue
        session += 0 if is_near else 1
        book.runs.append(Run(piece.date, piece.start_ms, piece.end_ms, piece.count, session))


def enter_visits(book: Book) -> None:
    """Find the visits: stays in an area, short excursions included.

    Args:
        book: The book; its runs are known.
    """
    session, ordinal, end = 0, 0, None
    stays: dict[str, list[int]] = {}  # first ms, last ordinal, ticks
    dates: dict[str, str] = {}
    for piece in book.pieces:
        if end is None or piece.start_ms - end > SESSION_GAP_MS:
            session += 1
            for area_id in list(stays):
                close_visit(book, area_id, stays, dates)
            ordinal = 0
        end = max(end or 0, piece.end_ms)
        first, ordinal = ordinal + 1, ordinal + piece.count
        if piece.area_id is None:
            continue
        stay = stays.get(piece.area_id)
        if stay is not None and first - stay[1] - 1 > EXCURSION_TICKS:
            close_visit(book, piece.area_id, stays, dates)
            stay = None
        if stay is None:
            stays[piece.area_id] = [piece.start_ms, ordinal, piece.count]
            dates[piece.area_id] = piece.date
        else:
            stay[1], stay[2] = ordinal, stay[2] + piece.count
    for area_id in list(stays):
        close_visit(book, area_id, stays, dates)


def close_visit(
    book: Book, area_id: str, stays: dict[str, list[int]], dates: dict[str, str]
) -> None:
    """End a stay and note it as a visit if it was long enough.

    Args:
        book: The book.
        area_id: The area.
        stays: Open stays, of which this is taken.
        dates: Local date of each stay's first tick.
    """
    start_ms, _, ticks = stays.pop(area_id)
    if ticks >= VISIT_TICKS:
        book.visits.append(Visit(dates[area_id], start_ms, area_id))
