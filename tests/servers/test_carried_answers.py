"""Rows that are carried over from answer to answer are those that would be made anew."""

import json
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.spool_files import Row
from exports.answers.engine import KINDS, AnswerEngine
from tests.exports.laboratory import BEGAN, W1, Laboratory, clicked, command, feedback, request

SEED = int(os.environ.get("SEED", str(random.randrange(10**6))))
STEPS = int(os.environ.get("STEPS", "8"))


def rows(message: dict[str, Any], capture_id: str, seq: int, received_ms: int) -> Iterator[Row]:
    for _, row in frame_rows(
        json.dumps(message),
        topic="spin30-log",
        capture_mode="relay",
        connection_id="c",
        frame_no=seq,
        received_at=BEGAN + timedelta(milliseconds=received_ms),
    ):
        yield {**row, "capture_id": capture_id, "stream": "spin30", "segment": "tail", "seq": seq}


def said(chance: random.Random) -> dict[str, Any]:
    """Something of a student; often what was said before, to the letter."""
    t = chance.randrange(12)
    return chance.choice(
        [
            command(W1, t, chance.choice(["p", "s", "v", "nonsense"])),
            command(W1, t, chance.choice(["p", "s"]), "cie3"),
            feedback(W1, 100 + t % 5, chance.choice(["Engaged", "Bored", "unheard of"])),
            clicked(W1, t, "speed_step"),
            request(W1, "indicators"),
        ]
    )


def answers(engine: AnswerEngine, tail: list[Row], live: list[Row]) -> dict[str, Any]:
    return {
        f"{kind.content} {course}": engine.body(
            kind.content,
            user_id=W1,
            lab="spinner",
            course=course,
            argument=f"spinner-{course}-all",
            tail=tail,
            request=live,
        )
        for kind in KINDS
        for course in ("engdes1", "cie3")
    }


@pytest.mark.parametrize("begins_empty", [True, False])
def test_a_student_who_goes_on_gets_what_one_heard_at_once_gets(
    laboratory: Laboratory, begins_empty: bool
) -> None:
    chance = random.Random(SEED)
    lasting, fresh = AnswerEngine(laboratory.generation), AnswerEngine(laboratory.generation)
    tail: list[Row] = []
    # Two captures hear most messages, some late, some twice; many were said before, to the letter.
    seqs = dict.fromkeys("ab", 1_000)
    seen = set()
    for step in range(STEPS):
        for _ in range(0 if step == 0 and begins_empty else chance.randrange(1, 6)):
            message, received_ms = said(chance), chance.randrange(10_000)
            for capture_id in chance.choice(["a", "b", "ab", "ab"]):
                seqs[capture_id] += 1
                again = chance.choice([1, 1, 1, 2])
                tail += [*rows(message, capture_id, seqs[capture_id], received_ms)] * again
        if chance.random() < 0.5:
            lasting.catch_up({W1: tail}.__getitem__)
        live = [*rows(request(W1, course=chance.choice(["engdes1", "cie3"])), "answers", 0, step)]
        live += [*rows(request(W1, course="cie3"), "answers", 1, step)]
        fresh._students.clear()
        expected = answers(fresh, tail, live)
        assert answers(lasting, tail, live) == expected, f"SEED={SEED} step {step}"
        seen.add(json.dumps(expected))
    lasting.close()
    fresh.close()
    assert len(seen) > STEPS // 2, f"SEED={SEED}: too few messages changed an answer"


def test_an_answer_that_was_made_ahead_is_not_made_again(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, fresh = AnswerEngine(laboratory.generation), AnswerEngine(laboratory.generation)
    tail: list[Row] = []
    place = {"user_id": W1, "lab": "spinner", "course": "engdes1"}
    before = engine.body("indicators", **place, tail=tail)
    assert engine.catch_up(lambda _: tail) is None

    tail += rows(command(W1, 50, "s"), "a", 2_000, 0)
    assert engine.catch_up(lambda _: tail) == W1
    monkeypatch.setattr(engine, "_compute", None)
    assert engine.catch_up(lambda _: tail) is None
    after = engine.body("indicators", **place, tail=tail)
    assert before != after == fresh.body("indicators", **place, tail=tail)
    engine.close()
    fresh.close()
