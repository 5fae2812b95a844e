"""What the players of the sample world do, planned before any telemetry exists.

A `Player` has `Login`s; a login is a list of `Strip`s (stretches of ticks that all do the same) and
of events. Whoever plans a login says in the same breath what is true of it: an xp drop is planned
as an amount, a kill with its items, a walk as a number of steps. Telemetry is written from the plan
and so are the truths, each in its own way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sample_world.wrapped.reference import (
    ITEM_BY_ID,
    LEVEL_XP,
    NEW_EQUIPMENT_FROM_MS,
    NEW_EQUIPMENT_OFFSET,
    OLD_EQUIPMENT_OFFSET,
    SAILING_LIVE_FROM_MS,
    SKILLS,
    Mob,
    Place,
    level_of,
    region_of,
)

TICK_MS = 600
EVENT_LEAD_MS = 40  # an event comes this long before the game tick of the same number
SLOTS = 12
FIRST_VERSION_WITH_EQUIPMENT = 2
FIRST_VERSION_WITH_SESSION = 3
FIRST_VERSION_WITH_ACTOR_TYPE = 4
BURST_TICKS = 2
HOP_MS = 8_400  # from the last tick of one world to the first of the next
FULL_ENERGY, RUN_COST, REST_GAIN = 10_000, 70, 21
UNARMED = (0,) * SLOTS

Document = dict[str, Any]


@dataclass(slots=True)
class Strip:
    """Ticks in a row that all do the same."""

    start_ms: int
    tick: int
    count: int
    x: int | None
    y: int | None
    equipment: Sequence[int] | None
    ms: int = TICK_MS
    dx: int = 0
    dy: int = 0
    entry: str = "step"  # how its first tick follows the one before: first, step, jump, gap
    lost: int = 0  # ticks missing before the first
    energy: int = FULL_ENERGY
    energy_step: int = 0
    health: int = 50
    prayer: int = 40

    @property
    def end_ms(self) -> int:
        """Time of the last tick."""
        return self.start_ms + (self.count - 1) * self.ms


@dataclass(frozen=True, slots=True)
class Event:
    """One telemetry document that is not a game tick."""

    collection: str
    ms: int
    tick: int
    data: Document


@dataclass(frozen=True, slots=True)
class Gain:
    """A change of a skill's xp: planned earnings, or the first sight of the skill."""

    ms: int
    tick: int
    skill: str
    xp: int  # after it
    gained: int
    is_baseline: bool
    is_tracked: bool
    is_burst: bool


@dataclass(frozen=True, slots=True)
class Kill:
    """A kill with loot; the items as the ground shows them, several stacks possible."""

    ms: int
    mob: Mob
    x: int | None
    y: int | None
    items: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Death:
    """A death of the player."""

    ms: int
    x: int | None
    y: int | None
    cause_kind: str
    cause_mob_key: str | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """Part of an offer that was filled, as the plan of the trade says."""

    ms: int
    slot: int
    item_id: int
    is_buy: bool
    quantity: int
    gp: int
    is_offline: bool = False


def promptly(event_ms: int, _number: int) -> int:
    """Say when a document arrives: a quarter of a second after it happened.

    Args:
        event_ms: Time on the client's clock.
        _number: Running number of the document in its login.
    """
    return event_ms + 250


@dataclass(slots=True)
class Player:
    """A player, with what telemetry cannot say: the time zone and who they were before."""

    name: str
    rng: Random
    zones: tuple[tuple[int, str], ...] = ((0, "UTC"),)
    roots: tuple[str, int] | None = None  # user_key and segment that the player id comes from
    current_name: str | None = None
    is_opted_out: bool = False
    logins: list["Login"] = field(default_factory=list)
    xp: dict[int, dict[str, int]] = field(default_factory=dict)
    peak_xp: dict[int, dict[str, int]] = field(default_factory=dict)
    last_session: dict[tuple[int, str], str] = field(default_factory=dict)
    had_segment_before_sailing: set[int] = field(default_factory=set)

    def skills(self, profile: int) -> dict[str, int]:
        """Return the xp of each skill in one profile, to be changed in place.

        Args:
            profile: Number of the profile, from 1.
        """
        if profile not in self.xp:
            start = {skill: self.rng.randrange(500, 300_000) for skill in SKILLS}
            start["HITPOINTS"] = self.rng.randrange(1_154, 400_000)
            start["SAILING"] = 0
            self.xp[profile] = start
        return self.xp[profile]

    def login(self, at_ms: int, place: Place, **options: Any) -> "Login":  # noqa: ANN401 (passed on as it is)
        """Begin a login.

        Args:
            at_ms: Time of its first tick.
            place: Where it begins.
            options: Further fields of `Login`.

        Returns:
            The login, still without ticks.
        """
        login = Login(player=self, at_ms=at_ms, x=place.x, y=place.y, **options)
        self.logins.append(login)
        return login


@dataclass(slots=True)
class Login:
    """One login, planned act by act; it begins with its first `play` and the burst after that."""

    player: Player
    at_ms: int
    x: int | None
    y: int | None
    tick: int = 100
    profile: int = 1
    version: int = 4
    username: str | None = None
    lead_ms: int = 8_300
    source: str = "mongo"  # or sqlite
    file_name: str = ""  # of the SQLite file
    arrival: Callable[[int, int], int] = promptly
    process: Callable[[int], int] = lambda _number: 0
    repeats: tuple[int, ...] = ()  # each document arrives again this many ms later
    shown_ms: int = 0  # what the client's clock adds to the true time
    is_counted: bool = True  # False: quarantined or overlapping
    is_overlap: bool = False
    is_ahead: bool = False  # its clock is days ahead
    is_stale_client: bool = False  # adds the old offset to item ids after the date
    has_bursts: bool = True
    shows_offers: bool = True
    equipment: Sequence[int] | None = UNARMED
    energy: int = FULL_ENERGY
    health: int = 50
    prayer: int = 40
    extra: Mapping[str, Any] = field(default_factory=dict)
    strips: list[Strip] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    gains: list[Gain] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    hit_ticks: list[int] = field(default_factory=list)
    active_ticks: list[int] = field(default_factory=list)
    bursts: list[int] = field(default_factory=list)
    hops: list[int] = field(default_factory=list)
    best_xp: dict[str, int] = field(default_factory=dict)
    cycle: int = 1_000

    @property
    def session_id(self) -> str:
        """Name of the session; before v3 it is derived from the UTC date."""
        if self.is_derived:
            day = self.at_ms // 86_400_000
            return f"derived-{day}"
        return f"session-{self.at_ms - self.lead_ms}"

    @property
    def is_derived(self) -> bool:
        """Whether telemetry names no session."""
        return self.version < FIRST_VERSION_WITH_SESSION

    @property
    def shows_equipment(self) -> bool:
        """Whether telemetry says what is worn."""
        return self.version >= FIRST_VERSION_WITH_EQUIPMENT

    @property
    def now_ms(self) -> int:
        """Time of an event that goes with the last tick."""
        lead = 0 if self.is_derived else EVENT_LEAD_MS
        return self.strips[-1].end_ms - lead if self.strips else self.at_ms - lead

    @property
    def position(self) -> int:
        """Number of the last tick; in derived sessions its position in 600 ms units."""
        if self.is_derived:
            return self.now_ms // TICK_MS
        last = self.strips[-1] if self.strips else None
        return last.tick + last.count - 1 if last else self.tick

    # Ticks

    def play(
        self,
        count: int,
        *,
        step: tuple[int, int] = (0, 0),
        ms: int = TICK_MS,
        energy_step: int = 0,
        entry: str = "step",
        lost: int = 0,
        pause_ms: int | None = None,
    ) -> "Login":
        """Play some ticks; a strip that crosses into another region is split there.

        Args:
            count: Number of ticks.
            step: Tiles moved each tick.
            ms: Time from tick to tick.
            energy_step: Change of run energy each tick.
            entry: How the first tick follows the one before.
            lost: Ticks that are missing before the first.
            pause_ms: Time from the last tick to the first; what the lost ticks took if None.

        Returns:
            The login itself.
        """
        if count <= 0:
            return self
        if not self.strips:
            start, tick, entry = self.at_ms, self.tick, "first"
            first_x, first_y = self.x, self.y
        else:
            last = self.strips[-1]
            start = last.end_ms + (ms * (lost + 1) if pause_ms is None else pause_ms)
            tick = last.tick + last.count + lost
            moved = step if entry == "step" else (0, 0)
            first_x = None if self.x is None else self.x + moved[0]
            first_y = None if self.y is None else self.y + moved[1]
        rest = 0
        if first_x is not None and first_y is not None and step != (0, 0):
            region = region_of(first_x, first_y)
            inside = 1
            while inside < count and region == region_of(
                first_x + inside * step[0], first_y + inside * step[1]
            ):
                inside += 1
            rest, count = count - inside, inside
        first_energy = self.energy + (energy_step if entry == "step" else 0)
        self.strips.append(
            Strip(
                start_ms=start,
                tick=tick,
                count=count,
                x=first_x,
                y=first_y,
                equipment=self.equipment,
                ms=ms,
                dx=step[0],
                dy=step[1],
                entry=entry,
                lost=lost,
                energy=first_energy,
                energy_step=energy_step,
                health=self.health,
                prayer=self.prayer,
            )
        )
        self.energy = first_energy + (count - 1) * energy_step
        if first_x is not None and first_y is not None:
            self.x = first_x + (count - 1) * step[0]
            self.y = first_y + (count - 1) * step[1]
        if entry == "first" and self.has_bursts:
            self.burst(position=self.tick, at_ms=self.at_ms - EVENT_LEAD_MS)
        return self.play(rest, step=step, ms=ms, energy_step=energy_step)

    def stand(self, count: int, **options: Any) -> "Login":  # noqa: ANN401 (passed on as it is)
        """Stand still; run energy comes back while there is room for it.

        Args:
            count: Number of ticks.
            options: As for `play`.
        """
        gain = REST_GAIN if self.energy + REST_GAIN * count <= FULL_ENERGY else 0
        return self.play(count, energy_step=gain, **options)

    def walk(self, count: int, direction: tuple[int, int] = (1, 0)) -> "Login":
        """Walk one tile each tick.

        Args:
            count: Number of ticks.
            direction: Unit step.
        """
        return self.play(count, step=direction)

    def run(self, count: int, direction: tuple[int, int] = (1, 0)) -> "Login":
        """Run two tiles each tick, or walk when the energy does not reach.

        Args:
            count: Number of ticks.
            direction: Unit step.
        """
        if self.energy < RUN_COST * count:
            return self.walk(count, direction)
        return self.play(count, step=(2 * direction[0], 2 * direction[1]), energy_step=-RUN_COST)

    def teleport(self, place: Place, count: int = 1) -> "Login":
        """Be elsewhere from one tick to the next, more than two tiles away.

        Args:
            place: Where to.
            count: Ticks spent there.
        """
        self.x, self.y = place.x, place.y
        return self.play(count, entry="jump")

    def lose(self, lost: int, count: int = 1) -> "Login":
        """Lose ticks, then stand.

        Args:
            lost: Ticks that never arrive.
            count: Ticks after them.
        """
        return self.play(count, entry="gap", lost=lost)

    # Skills

    def stat(
        self, skill: str, ms: int, tick: int, *, boosted: int | None = None, xp: int | None = None
    ) -> None:
        """Write a stat-changed document.

        Args:
            skill: Upper-case name.
            ms: Client time.
            tick: Tick number.
            boosted: Boosted level, the level itself if None.
            xp: Xp shown, the planned one if None.
        """
        shown = self.player.skills(self.profile)[skill] if xp is None else xp
        level = level_of(shown)
        data = {
            "boostedLevel": level if boosted is None else boosted,
            "level": level,
            "skill": skill,
            "xp": shown,
        }
        self.events.append(Event("stat_changed", ms, tick, data))

    def see(self, skill: str, ms: int, tick: int) -> None:
        """Plan that a skill's xp is seen, and what that means for the xp gained.

        Args:
            skill: Upper-case name.
            ms: Client time.
            tick: Tick number.
        """
        player, key = self.player, (self.profile, skill)
        xp = player.skills(self.profile)[skill]
        self.stat(skill, ms, tick)
        if not self.is_counted:
            return
        peaks = player.peak_xp.setdefault(self.profile, {})
        is_first = skill not in peaks
        if is_first and skill == "SAILING" and self.profile in player.had_segment_before_sailing:
            peaks[skill], is_first = 0, False
        gained = 0 if is_first else max(xp - peaks[skill], 0)
        peaks[skill] = max(xp, peaks.get(skill, 0))
        is_tracked = player.last_session.get(key) == self.session_id
        is_burst = any(burst <= tick <= burst + BURST_TICKS for burst in self.bursts)
        player.last_session[key] = self.session_id
        if is_first or gained:
            self.gains.append(Gain(ms, tick, skill, xp, gained, is_first, is_tracked, is_burst))
        if self.best_xp.get(skill, xp) < xp:
            self.active_ticks.append(tick)  # also where it only makes a rollback good
        self.best_xp[skill] = max(xp, self.best_xp.get(skill, 0))

    def burst(
        self, *, slipping: int = 0, position: int | None = None, at_ms: int | None = None
    ) -> None:
        """See all skills and offer slots, as a login or hop does.

        Args:
            slipping: How many skills come one tick later.
            position: Tick number, the last one if None.
            at_ms: Client time, that of the last tick if None.
        """
        tick = self.position if position is None else position
        ms = self.now_ms if at_ms is None else at_ms
        is_sailing_live = ms >= SAILING_LIVE_FROM_MS
        skills = SKILLS if is_sailing_live else SKILLS[:-1]
        self.bursts.append(tick)
        for number, skill in enumerate(skills):
            late = 1 if number >= len(skills) - slipping else 0
            self.see(skill, ms + number // 12 + late * TICK_MS, tick + late)
        if self.is_counted and not is_sailing_live:
            self.player.had_segment_before_sailing.add(self.profile)
        if self.shows_offers:
            for slot in range(8):
                self.offer(slot, "EMPTY", tick=tick, ms=ms)

    def drop(self, skill: str, xp: int) -> "Login":
        """Gain xp at the last tick, of which the client sees a change.

        Args:
            skill: Upper-case name.
            xp: How much.
        """
        self.player.skills(self.profile)[skill] += xp
        self.see(skill, self.now_ms, self.position)
        return self

    def boost(self, skill: str, by: int) -> "Login":
        """Change a boosted level only.

        Args:
            skill: Upper-case name.
            by: Added to the level.
        """
        level = level_of(self.player.skills(self.profile)[skill])
        self.stat(skill, self.now_ms, self.position, boosted=level + by)
        if self.is_counted:
            key = (self.profile, skill)
            if skill not in self.player.peak_xp.setdefault(self.profile, {}):
                msg = f"{self.player.name}: {skill} is boosted before it was ever seen"
                raise ValueError(msg)
            self.player.last_session[key] = self.session_id
        return self

    def hop(self, *, untracked: Mapping[str, int] | None = None, slipping: int = 0) -> "Login":
        """Change the world: a tick passes and all skills are sent again in the same session.

        Args:
            untracked: Xp that arrives with the burst.
            slipping: How many skills come a tick later.
        """
        self.play(1, pause_ms=HOP_MS)
        for skill, xp in (untracked or {}).items():
            self.player.skills(self.profile)[skill] += xp
        self.hops.append(self.now_ms)
        self.burst(slipping=slipping)
        return self

    # Fights

    def actor(self, name: str, kind: int, actor_id: int, level: int) -> Document:
        """Return the actor of a payload, standing where the player stands.

        Args:
            name: As the client shows it.
            kind: 1 NPC, 2 player.
            actor_id: Definition id of an NPC.
            level: Combat level.
        """
        actor: Document = {"combatLevel": level, "name": name}
        if self.x is not None and self.y is not None:
            actor["location"] = {"x": self.x, "y": self.y, "regionId": region_of(self.x, self.y)}
        elif self.version == 1:
            actor["location"] = {"x": 6_500, "y": 6_400}
        if self.version >= FIRST_VERSION_WITH_ACTOR_TYPE:
            actor |= {"type": kind, "id": actor_id}
        return actor

    def hit(
        self,
        actor: Document,
        amount: int,
        hit_type: int,
        *,
        is_mine: bool = True,
        counts: bool = True,
    ) -> "Login":
        """Write a hitsplat at the last tick.

        Args:
            actor: Who is hit.
            amount: Damage.
            hit_type: Number of the hitsplat's type.
            is_mine: Whether the player dealt or received it.
            counts: Whether it is dealt or taken by the player at all.
        """
        self.cycle += 30
        splat = {
            "amount": amount,
            "disappearsOnGameCycle": self.cycle,
            "hitsplatType": hit_type,
            "mine": is_mine,
            "others": not is_mine,
        }
        data = {"actor": actor, "hitsplat": splat}
        self.events.append(Event("hitsplat_applied", self.now_ms, self.position, data))
        if counts:
            self.hit_ticks.append(self.position)
            self.active_ticks.append(self.position)
        return self

    def self_actor(self) -> Document:
        """Return the player as an actor."""
        return self.actor(self.username or self.player.name, 2, 7, 90)

    def loot(self, mob: Mob, items: Sequence[tuple[int, int]], *, is_new: bool = True) -> "Login":
        """Write loot at the last tick.

        Args:
            mob: Who dropped it.
            items: Item id and quantity of each stack.
            is_new: False when it only completes the kill planned before.
        """
        data = {
            "actor": self.actor(mob.name, 1, mob.npc_id, mob.combat_level),
            "items": [{"id": item, "quantity": quantity} for item, quantity in items],
        }
        self.events.append(Event("loot_received", self.now_ms, self.position, data))
        self.active_ticks.append(self.position)
        stacks = tuple(items)
        if is_new:
            self.kills.append(Kill(self.now_ms, mob, self.x, self.y, stacks))
        else:
            last = self.kills.pop()
            self.kills.append(Kill(last.ms, mob, last.x, last.y, last.items + stacks))
        return self

    def kill(self, mob: Mob, items: Sequence[tuple[int, int]], ticks: int = 4) -> "Login":
        """Fight a mob to its death; hits, its death and its loot.

        Args:
            mob: Who dies.
            items: Item id and quantity of each stack.
            ticks: Length of the fight.
        """
        actor = self.actor(mob.name, 1, mob.npc_id, mob.combat_level)
        for _ in range(max(ticks // 4, 1)):
            self.stand(min(ticks, 4))
            self.hit(actor, self.player.rng.randrange(1, 12), 16)
        self.npc_dies(mob)
        return self.loot(mob, items)

    def npc_dies(self, mob: Mob) -> None:
        """Write the death of an NPC at the last tick.

        Args:
            mob: Who dies.
        """
        actor = self.actor(mob.name, 1, mob.npc_id, mob.combat_level)
        self.death_document(actor)

    def death_document(self, actor: Document) -> None:
        """Write an actor's death; only the plugin's own file says type and id.

        Args:
            actor: Who dies.
        """
        if self.source != "sqlite":
            actor = {key: value for key, value in actor.items() if key not in {"type", "id"}}
        self.events.append(Event("actor_death", self.now_ms, self.position, actor))

    def die(self, cause_kind: str, cause_mob_key: str | None = None) -> "Login":
        """Die at the last tick.

        Args:
            cause_kind: What the plan says killed the player.
            cause_mob_key: The mob, for cause `npc`.
        """
        self.death_document(self.self_actor())
        self.deaths.append(Death(self.now_ms, self.x, self.y, cause_kind, cause_mob_key))
        return self

    # Trade

    def offer(
        self,
        slot: int,
        state: str,
        item_id: int = 0,
        price: int = 0,
        total: int = 0,
        filled: int = 0,
        spent: int = 0,
        *,
        tick: int | None = None,
        ms: int | None = None,
    ) -> "Login":
        """Write an offer change.

        Args:
            slot: 0 to 7.
            state: State of the offer.
            item_id: Item, 0 when empty.
            price: Limit, gp each.
            total: Quantity asked for.
            filled: Quantity so far.
            spent: Gp so far.
            tick: Tick number, the last one if None.
            ms: Client time, that of the last tick if None.
        """
        offer: Document = {
            "itemId": item_id,
            "price": price,
            "quantitySold": filled,
            "spent": spent,
            "state": state,
            "totalQuantity": total,
        }
        if self.version == 1:
            offer = {"ab": item_id, "ac": price, "an": filled, "au": spent, "aw": total}
        at = self.position if tick is None else tick
        data = {"offer": offer, "slot": slot}
        when = self.now_ms if ms is None else ms
        self.events.append(Event("grand_exchange_offer_changed", when, at, data))
        if not any(burst <= at <= burst + BURST_TICKS for burst in self.bursts):
            self.active_ticks.append(at)
        return self

    # Gear

    def wear(self, items: Mapping[int, int], *, offset: int | None = None) -> "Login":
        """Put on items, with the offset of the client's time.

        Args:
            items: Slot index to item id.
            offset: What the client adds to the item id.
        """
        if offset is None:
            is_new = self.at_ms - self.lead_ms >= NEW_EQUIPMENT_FROM_MS
            offset = NEW_EQUIPMENT_OFFSET if is_new else OLD_EQUIPMENT_OFFSET
        self.equipment = tuple(
            items[slot] + offset if slot in items else (256 + slot if slot in (8, 11) else 0)
            for slot in range(SLOTS)
        )
        return self


def known_item(item_id: int) -> int:
    """Return the unnoted id of an item.

    Args:
        item_id: Any id.
    """
    item = ITEM_BY_ID.get(item_id)
    return item.noted_of_item_id if item and item.noted_of_item_id else item_id


def xp_for(level: int) -> int:
    """Return the least xp of a level.

    Args:
        level: 1 to 126.
    """
    return LEVEL_XP[level - 1]
