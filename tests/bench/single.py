"""One process of each service alone: it finds its input on its topics and is timed until all is answered.

They follow each other on one broker, so each reads what the one before it has really written: intake's complaints
(and more of their kind) are the router's input, the router's assignments escalation's, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench import people, replicas, watch, wire
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.rates import Rate, rate_of
from tests.bench.watch import Flow

COMPLAINTS, CONTACTS, ASSIGNMENTS = "lapor.complaints", "lapor.contacts", "lapor.assignments"
ESCALATIONS, NOTIFICATIONS = "lapor.escalations", "lapor.notifications"


@dataclass
class Sizes:
    """Complaints: `submitted` go through intake, `complaints` through the others."""

    submitted: int
    complaints: int


# How fast it was, on which topics, doing what.
Stage = tuple[Rate, Flow, str]


@dataclass
class Single:
    ground: Ground
    sizes: Sizes
    wanted: frozenset[str]

    def run(self) -> Iterator[Figure]:
        """What is wanted, and what that needs before it."""
        last = max((index for index, name in enumerate(_STAGES) if name in self.wanted), default=-1)
        for name in list(_STAGES)[: last + 1]:
            self.ground.say(name)
            stage = _STAGES[name](self)
            if name in self.wanted:
                yield self._beside_raw_loop(name, stage)

    def intake(self) -> Stage:
        ground, submitted = self.ground, self.sizes.submitted
        bodies = people.sealed(ground.stack, range(submitted))
        wire.write(ground.stack, people.PRINCIPAL, people.submissions(bodies))
        flow = Flow("intake-edge", [people.SUBMISSIONS], [COMPLAINTS, CONTACTS, people.RECEIPTS])
        rate = self._rate("intake", flow, 3 * submitted)
        self._same("identities", ground.rows("intake", "identity"), self._there(COMPLAINTS))
        originals = replicas.written(ground.stack)
        wire.write(ground.stack, "intake", replicas.replicas(originals, self.sizes.complaints - len(originals)))
        return rate, flow, "sealed submissions to complaint, contact, receipt and identity"

    def router(self) -> Stage:
        flow = Flow("router", [COMPLAINTS], [ASSIGNMENTS, *people.OUTLETS])
        rate = self._rate("router", flow, 2 * self._there(COMPLAINTS))
        self._same("assigned complaints", self._numbers(ASSIGNMENTS), self._there(*people.OUTLETS))
        return rate, flow, "complaints to assignments and outlets"

    def escalation(self) -> Stage:
        flow = Flow("escalation", [COMPLAINTS, ASSIGNMENTS], [ESCALATIONS])
        rate = self._rate("escalation", flow, 2 * self._there(COMPLAINTS) + 3 * self._there(ASSIGNMENTS))
        self._same("events with a number of their own", self._numbers(ESCALATIONS), self._there(ESCALATIONS))
        return rate, flow, "complaints and assignments to 2 and 3 clock events each"

    def notifier(self) -> Stage:
        flow = Flow("notifier", [COMPLAINTS, CONTACTS, ASSIGNMENTS, ESCALATIONS], [NOTIFICATIONS])
        rate = self._rate("notifier", flow, self._there(COMPLAINTS) + 2 * self._there(ASSIGNMENTS))
        self._same("deliveries", self.ground.rows("notifier", "delivery"), self._there(NOTIFICATIONS))
        return rate, flow, "events of four topics to 3 delivery rows a complaint; no mail server answers"

    def _rate(self, service: str, flow: Flow, written: int) -> Rate:
        total = self._there(*flow.inputs), written
        looks = self.ground.measure(service, flow, total)
        return rate_of(*watch.reads(looks, total))

    def _beside_raw_loop(self, name: str, stage: Stage) -> Figure:
        rate, flow, note = stage
        raw = self.ground.raw_loop(flow.inputs)
        self.ground.say(f"{name}: {rate.per_second:,.0f}/s, the bare loop {raw.per_second:,.0f}/s")
        note = f"{note}; {rate.seconds:.1f} s, the bare loop {raw.n:,} in {raw.seconds:.1f} s"
        return Figure(name, rate.per_second, "events/s", rate.n, note, raw.per_second)

    def _there(self, *topics: str) -> int:
        """Records on these topics."""
        return sum(watch.ends(self.ground.client, topics).values())

    def _numbers(self, topic: str) -> int:
        """Of all complaints on it, as a plain reader finds them."""
        return len({(wire.header(m, "ce_subject"), wire.header(m, "ce_sequence"))
                    for m in wire.read(self.ground.stack, "oversight", [topic])})  # fmt: skip

    @staticmethod
    def _same(what: str, found: int, expected: int) -> None:
        if found != expected:
            raise watch.Stuck(f"{found} {what}, not {expected}")


_STAGES = {
    "intake": Single.intake, "router": Single.router, "escalation": Single.escalation, "notifier": Single.notifier,
}  # fmt: skip
