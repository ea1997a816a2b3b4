"""lapor.escalations, written by escalation: the clocks, the ladder, and the Ombudsman's checked replies.

`assignment` is the number on lapor.assignments for the agency's clock, None for the citizen's clock.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from lapor_contracts.base import Code, Event, Instant, Line, Number, Text, Value

Clock = Literal["agency", "citizen"]
LimitRule = Literal["first_response", "completion", "verification", "reporter_reply", "acceptance", "whole"]
Unit = Literal["working_days", "calendar_days"]
# Why a clock goes on: the missing data came; the reporter reopened the complaint; it was assigned, or a person was
# asked, although it had ended.
Opened = Literal["completed", "reopened", "assigned", "undecided"]
Step = Literal["reminded", "limit_missed", "superior_told", "alerted"]


class Limit(Value):
    """`value` in `unit`, as `source` says."""

    rule: LimitRule
    value: int
    unit: Unit
    source: Line


class Counting(Value):
    """How a deadline was counted: the day of receipt, the days that count, the zone, the calendar."""

    receipt_day: Line
    days: tuple[Line, ...]
    zone: Literal["WIB", "WITA", "WIT"]
    calendar: Line
    provisional: bool


class ClockStarted(Event):
    type: ClassVar[str] = "id.lapor.escalation.clock-started.v1"

    clock: Clock
    assignment: Number | None = None
    agency: Code | None = None
    limit: Limit
    due_at: Instant
    counting: Counting


class ClockPaused(Event):
    """`left_minutes`: office minutes that are kept."""

    type: ClassVar[str] = "id.lapor.escalation.clock-paused.v1"

    clock: Clock
    assignment: Number | None = None
    limit: LimitRule | None = None
    left_minutes: int


class ClockResumed(Event):
    """After a hold, or after an end that was undone: `why`."""

    type: ClassVar[str] = "id.lapor.escalation.clock-resumed.v1"

    clock: Clock
    assignment: Number | None = None
    limit: LimitRule | None = None
    due_at: Instant
    why: Opened | None = None


class ClockMoved(Event):
    """The working calendar changed, and with it a deadline. `counting` is by the new calendar."""

    type: ClassVar[str] = "id.lapor.escalation.clock-moved.v1"

    clock: Clock
    assignment: Number | None = None
    agency: Code | None = None
    limit: Limit
    due_before: Instant
    due_at: Instant
    counting: Counting
    calendar_before: Line
    why_id: Text
    why_en: Text


class ClockStopped(Event):
    """`withdrawn_steps`: sent without reason, for the answer had come before them; or the limit that was called missed
    was moved later, and kept."""

    type: ClassVar[str] = "id.lapor.escalation.clock-stopped.v1"

    clock: Clock
    assignment: Number | None = None
    limit: LimitRule
    cause: Literal["answered", "resolved", "declined", "released", "withdrawn", "archived", "closed"]
    in_time: bool
    withdrawn_steps: tuple[Step, ...] = ()


class Reminded(Event):
    type: ClassVar[str] = "id.lapor.escalation.reminded.v1"

    clock: Clock
    assignment: Number | None = None
    agency: Code | None = None
    limit: Limit
    due_at: Instant


class LimitMissed(Event):
    type: ClassVar[str] = "id.lapor.escalation.limit-missed.v1"

    clock: Clock
    assignment: Number | None = None
    agency: Code | None = None
    limit: Limit
    due_at: Instant
    counting: Counting


class SuperiorTold(Event):
    """`superior`: a code of the register; on the citizen's clock the province's admin."""

    type: ClassVar[str] = "id.lapor.escalation.superior-told.v1"

    clock: Clock
    assignment: Number | None = None
    agency: Code | None = None
    superior: Code | None = None
    limit: Limit
    due_at: Instant


class Overtaken(Event):
    """A step that was due while we were down, and was left out for a higher one."""

    type: ClassVar[str] = "id.lapor.escalation.overtaken.v1"

    clock: Clock
    assignment: Number | None = None
    step: Step
    was_due_at: Instant


class Undecided(Event):
    """A person was asked whose complaint it is, and has not decided within `limit`: silence of the system itself.

    `arbiter`: who was asked. `superior`: who hears of it.
    """

    type: ClassVar[str] = "id.lapor.escalation.undecided.v1"

    clock: Clock
    assignment: Number | None = None
    asked_at: Instant
    arbiter: Code | None = None
    superior: Code
    limit: Limit
    due_at: Instant
    counting: Counting


class ClosedBySilence(Event):
    """The reporter did not answer the follow-up within the limit."""

    type: ClassVar[str] = "id.lapor.escalation.closed-by-silence.v1"

    assignment: Number
    limit: Limit
    due_at: Instant


class Acknowledged(Event):
    """The Ombudsman's office has the alert."""

    type: ClassVar[str] = "id.lapor.escalation.acknowledged.v1"

    office: Code
    assignment: Number | None = None


class ClarificationAsked(Event):
    """The Ombudsman asks the agency for a written explanation, for the `round`th time (1 or 2)."""

    type: ClassVar[str] = "id.lapor.escalation.clarification-asked.v1"

    office: Code
    agency: Code | None = None
    assignment: Number | None = None
    round: Literal[1, 2]
    text: Text
    answer_by: Instant


class Reprimanded(Event):
    """The Ombudsman reprimands (teguran) the agency. `heed_by`: of the first one, until when it may still act before it
    is published."""

    type: ClassVar[str] = "id.lapor.escalation.reprimanded.v1"

    office: Code
    agency: Code | None = None
    assignment: Number | None = None
    text: Text
    heed_by: Instant | None = None


class ReplyWaived(Event):
    """Two requests for an explanation went unanswered: the agency's right of reply is waived, and the case
    has come to the stage of a reprimand (UU 37/2008 Ps 33)."""

    type: ClassVar[str] = "id.lapor.escalation.reply-waived.v1"

    office: Code
    agency: Code | None = None
    assignment: Number | None = None


class PublishedAsIgnored(Event):
    """The agency did not heed the reprimand by `heed_by`: it is published as one that ignores complaints (UU 37/2008:
    a body that does not follow is published, and reported to DPR and the President)."""

    type: ClassVar[str] = "id.lapor.escalation.published-as-ignored.v1"

    office: Code
    agency: Code | None = None
    assignment: Number | None = None
    reprimanded_at: Instant
    heed_by: Instant


class CaseClosed(Event):
    type: ClassVar[str] = "id.lapor.escalation.case-closed.v1"

    office: Code
    assignment: Number | None = None
    text: Text | None = None
