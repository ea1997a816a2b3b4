"""The reference that judges `make simulate` says the same as the minute model: whatever the service said in the
machine, it takes; and it sees what is left out, doubled, or said too early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from lapor_chassis.batch import OutboxRow
from lapor_contracts import ombudsman_replies
from lapor_contracts.envelope import Envelope, decode_after
from lapor_contracts.events import EVENTS

from tests.chaos.records import Life as Records
from tests.chaos.records import Seen
from tests.chaos.replay import Replay, Timers
from tests.chaos.report import Reckoning
from tests.simulate.days import KnownDays
from tests.simulate.judging import EARLY, Watched
from tests.support.escalation import DLH, assigned, registered, wita
from tests.support.escalation_model import Life, instant, minute
from tests.support.escalation_model.driven import Driven
from tests.support.escalation_model.inbox import Letter
from tests.support.escalation_model.pair import ASSIGNMENTS, COMPLAINTS, STANDARD, Pair, office_of, rules_of
from tests.support.escalation_model.profile import profile
from tests.support.protocol_memory import instead_of_store
from tests.unit.test_escalation_model_machine import Machine

DAYS = KnownDays()
NOTHING: frozenset[Any] = frozenset()


class Judged(Machine):
    """No decrees and no limits of one agency's own: the simulated year has none."""

    decree = None  # type: ignore[assignment]

    def teardown(self) -> None:
        try:
            if hasattr(self, "pair") and not self.pair.numbers.special:
                found = judged(self.pair, self.pair.driven.memory.outbox)
                assert not any(found.found.values()), found.found
        finally:
            super().teardown()


TestJudged = Judged.TestCase
TestJudged.settings = profile(8, 25)


def judged(pair: Pair, rows: list[OutboxRow]) -> Reckoning:
    """Where the service sleeps or waits, nothing is missed yet."""
    life, reckoning = Records(str(pair.driven.complaint)), Reckoning()
    for letter in pair.written:
        if letter.number <= pair.inbox.heard.get(letter.topic, 0):
            life.by_topic[letter.topic].append(_heard(letter, pair.driven.ids[letter.topic, letter.number]))
    for row in rows:
        if row.number is not None:
            life.by_topic[row.topic].append(_said(row))
    punctual = pair.life.up and not pair.inbox.waiting
    end = instant(pair.now if punctual else minute(pair.written[0].event.received_at))
    questions = [instant(at) for at in pair.life.cases.questions]
    reference = Watched(rules_of(pair.numbers, NOTHING).policy, DAYS, questions=questions)
    Replay(life, reference, reckoning, Timers()).run(end)
    reckoning.found["overtaken"].clear()  # no fault
    return reckoning


def _heard(letter: Letter, own: UUID) -> Seen:
    return _seen(letter.topic, letter.number, letter.event, instant(letter.at), dict(letter.after), own)


def _said(row: OutboxRow) -> Seen:
    event = EVENTS[row.type].model_validate_json(row.body or b"")
    return _seen(row.topic, row.number or 0, event, row.time, decode_after(row.after), row.event_id)


def _seen(topic: str, number: int, event: Any, at: datetime, after: Mapping[str, int], own: UUID) -> Seen:
    envelope = Envelope(own, event.type, "-", "-", at, number, after)
    return Seen(topic, 0, number, envelope, event, at)


# --- what it has to see ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def silent() -> Iterator[Pair]:
    """An agency that never answers, up to what is published of it."""
    driven = Driven(rules_of(STANDARD, NOTHING))
    with instead_of_store(driven.memory):
        pair = Pair(STANDARD, driven, Life(STANDARD, office_of(NOTHING), minute(wita(4))))
        pair.arrive(pair.write(COMPLAINTS, registered(wita(4)), 0))
        pair.arrive(pair.write(ASSIGNMENTS, assigned(DLH), 0))
        pair.wait(pair.now + 25 * 1440)
        pair.ask(ombudsman_replies.OmbudsmanReprimanded(office="ombudsman-64", text="-"))
        pair.wait(pair.now + 20 * 1440)
        pair.check()
        yield pair


STEPS = ("reminded", "limit-missed", "superior-told", "alerted", "published-as-ignored")


def places(rows: list[OutboxRow], step: str) -> list[int]:
    return [place for place, row in enumerate(rows) if row.type.split(".")[-2] == step]


def test_it_takes_what_was_said(silent: Pair) -> None:
    assert not any(judged(silent, silent.driven.memory.outbox).found.values())


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_is_left_out_is_seen(silent: Pair, step: str) -> None:
    rows = silent.driven.memory.outbox
    for place in places(rows, step):
        assert any(judged(silent, rows[:place] + rows[place + 1 :]).found.values())


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_is_said_twice_is_seen(silent: Pair, step: str) -> None:
    rows = silent.driven.memory.outbox
    for place in places(rows, step):
        again = replace(rows[place], time=rows[place].time + timedelta(minutes=1))
        assert any(judged(silent, [*rows[: place + 1], again, *rows[place + 1 :]]).found.values())


@pytest.mark.parametrize("step", STEPS[:4])
def test_a_step_that_is_said_a_minute_early_is_seen_as_early(silent: Pair, step: str) -> None:
    rows = silent.driven.memory.outbox
    for place in places(rows, step):
        early = [*rows[:place], replace(rows[place], time=rows[place].time - timedelta(minutes=1)), *rows[place + 1 :]]
        assert any(EARLY in line for line in judged(silent, early).found["unexplained"])
