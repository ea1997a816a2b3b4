"""The states of one story, as escalation's own handlers make them, one after each event and timer."""

from __future__ import annotations

import random
from datetime import datetime

from lapor_escalation.domain.state import Escalation

from tests.simulate.people import offices
from tests.simulate.stories import story
from tests.simulate.writing import Complaint
from tests.support.escalation_walk import Walk

SEED = 1
OFFICES = offices(700)
PARTITIONS, OFFSETS, NUMBERS = 8, 40_000_000, 9_999_999_999


def walked(number: int) -> list[Escalation]:
    """All its states, in order."""
    chance = random.Random(number)  # noqa: S311 - places and numbers that look like any
    acts = story(SEED, number, OFFICES)
    walk = Walk(Complaint(chance.randrange(NUMBERS), acts), OFFICES)
    states: list[Escalation | None] = []
    for act in acts:
        states += _as_time_passes(walk, act.at)
        walk.hears(act, chance.randrange(PARTITIONS), chance.randrange(OFFSETS))
        states.append(walk.subject.state)
    states += _as_time_passes(walk, None)
    return [state for state in states if state is not None]


def _as_time_passes(walk: Walk, until: datetime | None) -> list[Escalation | None]:
    """`until` None: to the end of the ladder."""
    states = []
    while (due := walk.subject.due_at) is not None and (until is None or due <= until):
        walk.subject.due_at = None
        walk.wakes(due)
        states.append(walk.subject.state)
    return states
