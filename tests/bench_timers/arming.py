"""New complaints through the service: registered and assigned, and answered later."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from lapor_chassis.clock import DomainClock, wall_seconds

from tests.bench import wire
from tests.bench.ground import Ground
from tests.bench.rates import rate_of_times
from tests.bench.watch import STUCK_SECONDS, Stuck
from tests.bench_timers.reading import Reader
from tests.bench_timers.states import OFFICE
from tests.simulate.stories import Act, What
from tests.simulate.writing import WRITERS, Complaint

STARTED, STOPPED = "clock-started", "clock-stopped"
COUNT = 4_000
PER_SECOND = 20
STARTS, STOPS = 4, 3  # whole, verification, acceptance, first response; at the end all but verification
FIRST_TRACKING = 9_100_000_000


@dataclass
class Tracking:
    next: int = FIRST_TRACKING

    def complaint(self) -> Complaint:
        self.next += 1
        return Complaint(self.next, [])


_TRACKING = Tracking()


def armed_and_cancelled(ground: Ground, clock: DomainClock, seen: Reader) -> tuple[float, float]:
    """Clocks started and stopped in a second."""
    made = [_TRACKING.complaint() for _ in range(COUNT)]
    own = {str(complaint.id) for complaint in made}
    arming: tuple[What, ...] = ("registered", "assigned")
    for what in arming:
        _write(ground, clock, made, what)
    _until(seen, own, STARTED, STARTS * COUNT)
    _write(ground, clock, made, "resolved")
    _until(seen, own, STOPPED, (STOPS + 1) * COUNT)
    started = [a.stamped for c, a in seen.arrivals(STARTED) if c in own]
    # Verification was stopped by the assignment: only what the reply stopped counts.
    stopped = [a.stamped for c, a in seen.arrivals(STOPPED) if c in own and a.number > STARTS + 1]
    return rate_of_times(started).per_second, rate_of_times(stopped).per_second


def fresh(ground: Ground, clock: DomainClock, seen: Reader, ended: Callable[[], bool]) -> list[float]:
    """PER_SECOND new complaints until it has ended: ms from the assignment's writing to its clock at a reader."""
    intake, router = (wire.producer(ground.stack, name, **{"linger.ms": 0}) for name in ("intake", "router"))
    written: dict[str, float] = {}
    start = time.monotonic()
    while not ended():
        time.sleep(max(0.0, start + len(written) / PER_SECOND - time.monotonic()))
        complaint = _TRACKING.complaint()
        for client, row in (
            (intake, _row(complaint, clock, "registered")),
            (router, _row(complaint, clock, "assigned")),
        ):
            client.produce(row.topic, row.value, row.key, headers=row.headers)
        written[str(complaint.id)] = wall_seconds()
        for client in (intake, router):
            client.poll(0)
    for client in (intake, router):
        client.flush(wire.SECONDS)
    _until(seen, set(written), STARTED, STARTS * len(written))
    last = {c: a.at for c, a in seen.arrivals(STARTED) if c in written}
    return [(last[c] - at) * 1000 for c, at in written.items()]


def _until(seen: Reader, own: set[str], kind: str, count: int) -> None:
    """Raises Stuck where nothing comes any more."""
    came, moved_at = -1, time.monotonic()
    while came < count:
        if time.monotonic() - moved_at > STUCK_SECONDS:
            raise Stuck(f"{came} of {count} {kind} came")
        time.sleep(0.1)
        now = sum(1 for c in own for a in tuple(seen.found.get(c, ())) if a.kind == kind)
        if now != came:
            came, moved_at = now, time.monotonic()


def _write(ground: Ground, clock: DomainClock, made: list[Complaint], what: What) -> None:
    rows = [_row(complaint, clock, what) for complaint in made]
    wire.write(ground.stack, WRITERS[rows[0].topic], rows)


def _row(complaint: Complaint, clock: DomainClock, what: What) -> wire.Row:
    return complaint.row(Act(clock.now(), what, office=0, assignment=1), clock.now(), [OFFICE])
