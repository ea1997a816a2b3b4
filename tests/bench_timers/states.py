"""Complaints as escalation itself would have them: made by its handlers, event by event, without broker or database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lapor_chassis.subject import to_json

from tests.simulate.people import Office
from tests.simulate.stories import Act, What
from tests.simulate.writing import Complaint
from tests.support.escalation_walk import Walk

# In the zone of Kaltim (UTC+8): assigned on Wed 4 October 2023 at 10.00, so the first response is due a week later.
RECEIVED = datetime(2023, 10, 4, 2, 0, tzinfo=UTC)
REMINDED = datetime(2023, 10, 10, 8, 0, tzinfo=UTC)
# Those of the burst came a week later: their limit is after all that the others are fired for.
LATER = timedelta(days=7)
LIMIT = datetime(2023, 10, 11, 8, 0, tzinfo=UTC) + LATER
# The missed limit was said on Thursday at some moment of the office day: the superior is told two working days
# later, on Monday, at the same moment to the microsecond.
MISSED = datetime(2023, 10, 12, 2, 0, 0, 123457, tzinfo=UTC)
OTHER_REMINDER = datetime(2023, 10, 13, 8, 0, tzinfo=UTC)
GRACE = timedelta(days=4)
FIRST_ACTS: tuple[What, ...] = ("registered", "assigned")
TRACKING = 1_234_567_890
OFFICE = next(office for office in map(Office, range(100)) if office.area.startswith("64."))


@dataclass(frozen=True)
class Template:
    """A row of `subject`; its state holds `at` and the tracking id as text, to be replaced."""

    state: str
    applied: str
    written: str
    due_at: datetime


def templates() -> tuple[Template, Template]:
    """One whose limit comes next (at LIMIT), and one whose superior is told next (GRACE after MISSED)."""
    later = _Walk(RECEIVED + LATER)
    later.wakes(REMINDED + LATER)
    walk = _Walk(RECEIVED)
    walk.wakes(REMINDED)
    walk.wakes(MISSED)
    walk.wakes(OTHER_REMINDER)
    return later.template(LIMIT), walk.template(MISSED + GRACE)


def text_of(at: datetime) -> str:
    """As it stands in a state."""
    return (to_json(at) or "").strip('"')


class _Walk(Walk):
    """Registered and assigned at one moment."""

    def __init__(self, received: datetime) -> None:
        super().__init__(Complaint(TRACKING, []), [OFFICE])
        for what in FIRST_ACTS:
            self.hears(Act(received, what, office=0), 0, 1_000_000)

    def template(self, due_at: datetime) -> Template:
        subject = self.subject
        if subject.due_at != due_at:
            raise AssertionError(f"due at {subject.due_at}, not at {due_at}")
        return Template(
            to_json(subject.state) or "", to_json(subject.applied) or "", to_json(subject.written) or "", due_at
        )
