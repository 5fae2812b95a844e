"""Hostile but plausible files of messages, from a seed.

Students work as students do; around that, everything is sent that browsers, older and newer pages,
strangers and a bad line have been seen or may be thought to send.
"""

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.truth.spinner_reference.catalogue import Catalogue
from tests.truth.spinner_reference.recordings import Act, Person, v1, v2
from tests.truth.spinner_reference.vocabulary import (
    BEGINS,
    BOOKING,
    COMPONENTS,
    CONTENTS,
    COURSES,
    EDGES,
    ENDS,
    FAR_TIMES,
    GAPS,
    GARBAGE,
    HALF_HOUR,
    MINUTE,
    NO_TIMES,
    NO_UNITS,
    NO_USERS,
    NO_WORDS,
    ODD_STATES,
    ODD_SUBJECTS,
    PANES,
    SETS,
    STATES,
    SUBJECTS,
    TASK_SUBJECTS,
    UNITS,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Sent(NamedTuple):
    """A message on its way."""

    at: float  # ms since 1970
    stream: str
    text: bytes
    query: str | None  # of the request that posts it


class Frame(NamedTuple):
    """What a capture hears at once."""

    capture_id: str
    stream: str
    at: datetime
    payload: bytes
    query: str | None


class Crowd:
    """Everybody's messages from one seed."""

    def __init__(self, seed: int, size: int, catalogue: Catalogue) -> None:
        self.random, self.size = random.Random(seed), size
        self.words = catalogue.words

    def files(self, count: int = 4) -> list[bytes]:
        """Files of lines; some of what one has, others have too."""
        shares: list[list[bytes]] = [[] for _ in range(count)]
        for sent in self._sent():
            for share in self.random.sample(shares, self._often(0.15, 2, 1)):
                share.append(sent.text)
        return [b"".join(self._lines(share)) for share in shares]

    def frames(self) -> Iterator[Frame]:
        """What captures hear, in order: two of each stream that miss a tenth, and the intake."""
        waiting: dict[tuple[str, str], list[Sent]] = {}
        for sent in self._sent():
            if sent.query is not None:
                at = _EPOCH + timedelta(milliseconds=sent.at)
                yield Frame("intake", "intake", at, sent.text, sent.query)
                continue
            for capture in ("a", "b"):
                if self.random.random() < 0.1:
                    continue
                glued = waiting.setdefault((capture, sent.stream), [])
                glued.append(sent)
                if self.random.random() < 0.9 or len(glued) == 25:
                    yield self._frame(capture, glued)
                    glued.clear()
        for (capture, _), glued in waiting.items():
            if glued:
                yield self._frame(capture, glued)

    def _frame(self, capture: str, glued: list[Sent]) -> Frame:
        delay = self.random.choice((0.0, 1.0, self.random.uniform(0, 3_000)))
        at = _EPOCH + timedelta(milliseconds=glued[-1].at + delay)
        payload = b"".join(sent.text for sent in glued)
        if self.random.random() < 0.01:
            payload = self.random.choice(GARBAGE) + payload
        return Frame(capture, glued[0].stream, at, payload, None)

    def _sent(self) -> list[Sent]:
        sent: list[Sent] = []
        for person in self._people():
            for t, message in self._messages(person):
                query = message.pop("?", None)
                text, stream = self._text(message), self._stream(message, person)
                for _ in range(self._often(0.03, 2, 1)):  # exact repeats stay
                    late = self._often(0.1, 10 * MINUTE, 20)
                    sent.append(Sent(t + self.random.uniform(0, late), stream, text, query))
        return sorted(sent, key=lambda one: one.at)

    def _stream(self, message: dict[str, Any], person: Person) -> str:
        units = UNITS.get(person.lab, UNITS["spinner"])
        named = message.get("hardware")
        return str(named) if named in units else self.random.choice(units)

    def _often(self, share: float, then: int, otherwise: int) -> int:
        return then if self.random.random() < share else otherwise

    def _text(self, message: dict[str, Any]) -> bytes:
        text = json.dumps(
            message,
            ensure_ascii=self.random.random() < 0.5,
            separators=(",", ":") if self.random.random() < 0.7 else None,
        )
        return text.replace('"1e999"', "1e999").encode("utf-8", "surrogatepass")

    def _lines(self, texts: list[bytes]) -> Iterator[bytes]:
        waiting = list(reversed(texts))
        while waiting:
            together = self._often(0.03, self.random.choice((2, 3, 19, 20, 21)), 1)
            line = b"".join(waiting.pop() for _ in range(min(together, len(waiting))))
            if self.random.random() < 0.01:
                garbage = self.random.choice(GARBAGE)
                line = self.random.choice((garbage + line, line + garbage, garbage + b"\n" + line))
            yield line + self.random.choice((b"\n", b"\n", b"\r\n", b" \n"))

    def _people(self) -> Iterator[Person]:
        users = ["ab", "ab-cd", "a", "ab-", "X" * 64, *(_uuid(self.random) for _ in range(5))]
        for number in range(self.size):
            lab = "pendulum" if number % 4 == 3 else "spinner"
            course = self.random.choice(COURSES[lab])
            user = users[number % len(users)] if number < 25 else _uuid(self.random)
            yield Person(user, lab, course)
            if self.random.random() < 0.1:
                yield Person(user, lab, self.random.choice(COURSES[lab]))
        for user in NO_USERS:
            yield Person(user, "spinner", "cie3")
        for lab in ("Spinner", "", None, "3", "spinner-x"):
            yield Person(_uuid(self.random), lab, "cie3")
        for course in (None, 4, "' or 1=1 --", "cie3 "):
            yield Person(_uuid(self.random), "spinner", course)

    def _messages(self, person: Person) -> Iterator[tuple[int, dict[str, Any]]]:
        is_newer = self.random.random() < 0.25
        is_posted = is_newer and self.random.random() < 0.5
        count = self.random.choice((0, 0, 1, 2, 5, 12, 40, 90))
        for act in self._acts(person, count):
            if is_newer or self.random.random() < 0.02:
                for message in self._newer(person, act):
                    yield act.t, self._posted(message, person) if is_posted else message
            else:
                yield act.t, self._spoilt(v1(person, act, self.random.choice(SETS)))
            if self.random.random() < 0.12:
                yield act.t, self._dashboard(person, act)
        if not count or self.random.random() < 0.3:
            yield BEGINS[5], self._dashboard(person, Act(BEGINS[5], "request"))

    def _acts(self, person: Person, count: int) -> Iterator[Act]:
        lab = person.lab if person.lab in self.words else "spinner"
        t = self.random.choice(BEGINS) + self.random.choice((0, 0, self.random.randrange(BOOKING)))
        units, words = UNITS[lab], list(self.words[lab])
        few = self.random.sample(words, self.random.choice((1, 2, 3, len(words))))
        unit: Any = self.random.choice(units)
        yield Act(t, "start", unit=unit)
        if self.random.random() < 0.1:  # a task to the letter, or far too much of it
            word = {"spinner": "position", "pendulum": "record"}[lab]
            for number in range(self.random.choice((6, 14, 20, 101))):
                yield Act(t + number * 1000, "command", word, unit)
        elif self.random.random() < 0.2:  # half an hour is no gap, and three are a booking
            for number in range(4):
                yield Act(t + number * HALF_HOUR, "command", few[0], unit)
        else:
            yield from self._wandering(t, count, few, unit, units)

    def _wandering(
        self, t: int, count: int, words: list[str], unit: Any, units: tuple[str, ...]
    ) -> Iterator[Act]:
        """Whatever comes to mind, now and then at another unit."""
        for _ in range(count):
            t += self.random.choice(EDGES if self.random.random() < 0.06 else GAPS)
            chance = self.random.random()
            if chance < 0.05:
                unit = self.random.choice(NO_UNITS if self.random.random() < 0.3 else units)
            if chance < 0.72:
                yield Act(t, "command", self.random.choice(words), unit)
            elif chance < 0.84:
                yield Act(t, "click", unit=unit)
            elif chance < 0.9:
                yield Act(t, "component", self.random.choice(COMPONENTS), unit)
            elif chance < 0.93:
                yield Act(t, "achievements", unit=unit)
            elif chance < 0.97:
                for end in self.random.sample(ENDS, self.random.choice((1, 1, 2, 3))):
                    yield Act(t, "end", end, unit)
                    t += self.random.choice((0, 5))
            else:
                yield Act(t, "start", unit=unit)

    def _newer(self, person: Person, act: Act) -> list[dict[str, Any]]:
        node = self.words.get(person.lab, {}).get(act.word or "")
        if act.what == "command" and self.random.random() < 0.05:
            node = self.random.choice(("", "start", "voltage_step", "nowhere", None))
        messages = v2(person, act, node, self.random.randrange(4))
        for message in messages:
            if self.random.random() < 0.03 and act.what not in ("start", "end"):
                message["verb"]["name"] = self.random.choice(
                    ("mouse-entered", "dragged-component", "experiment-error", "changed", "waved")
                )
            if self.random.random() < 0.02:
                message["timestamp"] = self.random.choice(NO_TIMES)
            if self.random.random() < 0.02:
                message.pop(self.random.choice(("actor", "verb", "object", "context", "timestamp")))
        return messages

    def _posted(self, message: dict[str, Any], person: Person) -> dict[str, Any]:
        """With the query of its request; the actor of some events is not the user."""
        names = {"username": person.user, "course": person.course, "hardware": person.lab}
        query = urlencode({name: text for name, text in names.items() if text is not None})
        match message.get("verb", {}).get("name"):
            case "session-expired":
                message["actor"] = {"id": "system"}
            case "experiment-error":
                message |= {"actor": {"id": "spin30"}, "type": "experiment", "level": "ERROR"}
        return message | {"?": self.random.choice((query, query, query, f"{query}&x=%zz", "a=b"))}

    def _spoilt(self, message: dict[str, Any]) -> dict[str, Any]:
        """The message, seldom as it should not be."""
        chance, choice = self.random.random(), self.random.choice
        if chance < 0.01:
            message["t"] = choice(NO_TIMES)
        elif chance < 0.02:
            message.pop(choice(("t", "hardware", "payload", "course", "user", "exp", "type")), None)
        elif chance < 0.04:
            message["payload"]["log"] = choice(NO_WORDS)
        elif chance < 0.06:
            message["payload"]["log"] = choice([w for words in self.words.values() for w in words])
        elif chance < 0.065:
            message["type"] = choice(("Analytics", "answer", None, 5, ""))
        elif chance < 0.07:
            message["payload"] = choice(("text", None, [], [{"log": "voltage"}], 5, {}))
        elif chance < 0.075:
            message["t"] += choice((2 * 60 * MINUTE, 300_000, 300_001, -300_001))
        elif chance < 0.079:
            message["t"] = choice(FAR_TIMES)
        elif chance < 0.082:
            message["payload"]["data"] = {"set": choice((float("nan"), float("inf"), 10**400))}
        elif chance < 0.086:
            message["note"] = choice(("\ud800", "\U0001f600", "\u0000", "\u2028", "\\", '"'))
        return message

    def _dashboard(self, person: Person, act: Act) -> dict[str, Any]:
        choice = self.random.choice
        message: dict[str, Any] = {
            "user": person.user,
            "t": act.t,
            "exp": person.lab,
            "course": person.course,
        }
        match choice(("request", "feedback", "feedback", "log", "log", "response")):
            case "request":
                payload = {"content": choice(CONTENTS), "graph": choice(("spinner-ed1-2", None))}
                return message | {"type": "request", "payload": payload}
            case "feedback":
                is_odd = self.random.random() < 0.2
                payload = {
                    "state": choice(ODD_STATES if is_odd else STATES),
                    "subject": choice(
                        ODD_SUBJECTS if self.random.random() < 0.2 else SUBJECTS + TASK_SUBJECTS
                    ),
                    "input": "made-up free text \u2603",
                }
                return message | {"type": "feedback", "payload": payload}
            case "log":
                payload = {
                    "log": "analytics-interaction",
                    "type": choice(("mouseenter", "request", "feedback", "show")),
                    "component": choice(PANES),
                }
                return message | {"type": "log", "payload": payload}
        value = choice((1.5, float("nan")))
        return message | {"type": "response", "content": "indicators", "indicators": {"x": value}}


def _uuid(numbers: random.Random) -> str:
    return str(uuid.UUID(int=numbers.getrandbits(128), version=4))
