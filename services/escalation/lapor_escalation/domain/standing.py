"""How an agency keeps its limits, over all complaints: whoever misses too many of them is chronically silent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lapor_contracts.base import Event
from lapor_contracts.escalations import ClockStopped, LimitMissed, LimitRule
from lapor_contracts.oversight import ChronicSilence

from lapor_escalation.domain.policy import Chronic
from lapor_escalation.domain.state import Cause, Escalation

COUNTED: Final[frozenset[LimitRule]] = frozenset({"first_response", "completion"})
ITS_OWN: Final[frozenset[Cause]] = frozenset({"answered", "declined", "resolved"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one event changes in an agency's account: a miss may be taken back."""

    agency: str
    met: int
    missed: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What was told of an agency last. `number`: of its event."""

    number: int
    chronic: bool
    since: date
    told_on: date


def outcome_of(event: Event, state: Escalation) -> Outcome | None:
    """Each limit counts once: when it is called missed, else when its clock stops. `state`: after the event."""
    match event:
        case LimitMissed(clock="agency", agency=str(agency)) if event.limit.rule in COUNTED:
            return Outcome(agency, 0, 1)
        case ClockStopped(clock="agency") if event.limit in COUNTED:
            return _stopped(event, state)
        case _:
            return None


def judge(
    accounts: Mapping[str, tuple[int, int]], known: Mapping[str, Standing], rule: Chronic, day: date
) -> Iterator[tuple[Standing, ChronicSilence]]:
    """What is to be told on `day`. `accounts`: met and missed of each agency, in the window up to the day before."""
    window_from = day - timedelta(days=rule.window_days)
    for agency in sorted({*accounts, *(code for code, standing in known.items() if standing.chronic)}):
        met, missed = accounts.get(agency, (0, 0))
        counted, before = met + missed, known.get(agency)
        chronic = counted >= rule.minimum and missed * 100 >= rule.share_percent * counted
        was = before is not None and before.chronic
        lasts = chronic and was and before is not None and before.told_on <= window_from
        if chronic == was and not lasts:
            continue
        since = before.since if was and before is not None else day
        number = before.number + 1 if before is not None else 1
        yield (
            Standing(number, chronic, since, day),
            ChronicSilence(
                agency=agency, chronic=chronic, since=since, window_from=window_from,
                window_through=day - timedelta(days=1), counted=counted, missed=missed, minimum=rule.minimum,
                share_percent=rule.share_percent,
            ),
        )  # fmt: skip


def _stopped(event: ClockStopped, state: Escalation) -> Outcome | None:
    clock = next(
        (c for c in state.clocks if (c.kind, c.rule, c.assignment) == ("agency", event.limit, event.assignment)), None
    )
    if clock is None or clock.agency is None:
        return None
    said = clock.fired("limit_missed") is not None
    if not event.in_time:
        return None if said else Outcome(clock.agency, 0, 1)
    met = int(event.cause in ITS_OWN)
    return Outcome(clock.agency, met, -int(said)) if met or said else None
