"""Two loads on the whole stack: as much as it takes, and a steady one that does not wait for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from confluent_kafka import Message
from lapor_contracts.agency import AgencyAssigned
from lapor_contracts.escalations import ClockStarted
from lapor_deploy.stack import SERVICES

from tests.bench import people, processes, watch, wire
from tests.bench.figures import Figure
from tests.bench.rates import WARM_UP, Rate, percentile, rate_of_times
from tests.bench.watch import Place, Stuck
from tests.bench.whole import Whole

ESCALATIONS = "lapor.escalations"
CLOCK_EVENTS = 5  # of a complaint that is assigned at once
PER_SECOND = 100
ARRIVAL_SECONDS = 20.0


@dataclass(frozen=True)
class Run:
    """`cpu`: seconds of a processor by program, over the whole run."""

    complaints: int
    rate: Rate
    cpu: dict[str, float]


def pipeline(whole: Whole, bodies: Sequence[bytes]) -> Run:
    """All at once, until each is on its agency's outlet and the agency's clock runs."""
    client, pids = wire.admin(whole.stack), whole.pids()
    topics = [*people.OUTLETS, ESCALATIONS, people.RECEIPTS]
    before = watch.ends(client, topics)
    used = {name: processes.cpu_seconds(pid) for name, pid in pids.items()}
    wire.write(whole.stack, people.PRINCIPAL, people.submissions(bodies))
    watch.until_grown(client, before, [*people.OUTLETS], len(bodies))
    watch.until_grown(client, before, [ESCALATIONS], CLOCK_EVENTS * len(bodies))
    cpu = {name: processes.cpu_seconds(pid) - used[name] for name, pid in pids.items()}
    accepted = len(tracking_ids(whole, before))
    moments = _moments(whole, before)
    if not accepted == len(moments) == len(bodies):
        raise Stuck(f"of {len(bodies)} submissions {accepted} were accepted, {len(moments)} assigned with a clock")
    return Run(len(bodies), rate_of_times(moments), cpu)


def _moments(whole: Whole, since: dict[Place, int]) -> list[float]:
    """Of each complaint when both were on their topics, by the records' own time."""
    assigned = {
        wire.header(message, "ce_subject"): _time(message)
        for message in wire.read(whole.stack, "admin", people.OUTLETS, since)
        if wire.header(message, "ce_type") == AgencyAssigned.type
    }
    armed = {
        wire.header(message, "ce_subject"): _time(message)
        for message in wire.read(whole.stack, "oversight", [ESCALATIONS], since)
        if wire.header(message, "ce_type") == ClockStarted.type and json.loads(message.value() or b"")["assignment"]
    }
    return [max(moment, armed[complaint]) for complaint, moment in assigned.items() if complaint in armed]


def _time(message: Message) -> float:
    return message.timestamp()[1] / 1000


def tracking_ids(whole: Whole, since: dict[Place, int]) -> dict[str, str]:
    """By submission, from the receipts. Raises KeyError for a refusal."""
    messages = wire.read(whole.stack, people.PRINCIPAL, [people.RECEIPTS], since)
    return dict(people.receipt_of(message.value() or b"") for message in messages)


def pipeline_figures(run: Run) -> list[Figure]:
    """What it reached, and what a complaint costs."""
    services = {name: run.cpu[name] for name in SERVICES}
    per = 1_000_000 / run.complaints
    each = ", ".join(f"{name} {seconds * per:.0f}" for name, seconds in services.items())
    busy = sum(services.values()) + run.cpu["postgres"] + run.cpu["kafka"]
    note = (
        f"{run.rate.seconds:.1f} s; mail waits, its server is stopped; {busy * per / 1000:.2f} ms of a processor each"
    )
    costs = {
        "service": (sum(services.values()), each),
        "database": (run.cpu["postgres"], "all processes of PostgreSQL"),
        "broker": (run.cpu["kafka"], "Kafka"),
    }
    return [
        Figure("pipeline", run.rate.per_second, "complaints/s", run.rate.n, note),
        *(
            Figure(f"cpu_us_{name}", seconds * per, "us/complaint", run.complaints, words)
            for name, (seconds, words) in costs.items()
        ),
    ]


@dataclass
class Arrivals:
    """A reader of all outlets that notes when it gets each assignment: tracking id -> monotonic seconds."""

    at: dict[str, float] = field(default_factory=dict)
    stopping: bool = False

    def read(self, whole: Whole, starts: dict[Place, int]) -> None:
        client = wire.consumer(whole.stack, "admin", starts)
        try:
            while not self.stopping:
                message = client.poll(0.1)
                if message is not None and not message.error():
                    now = time.monotonic()
                    self.at[json.loads(message.value() or b"")["tracking_id"]] = now
        finally:
            client.close()


def latency(whole: Whole, bodies: Sequence[bytes]) -> list[Figure]:
    """From the moment that each was to be handed in, whether or not those before it had come through."""
    before = watch.ends(wire.admin(whole.stack), [*people.OUTLETS, people.RECEIPTS])
    arrivals = Arrivals()
    starts = {place: offset for place, offset in before.items() if place[0] != people.RECEIPTS}
    reader = threading.Thread(target=arrivals.read, args=(whole, starts))
    reader.start()
    try:
        due = _hand_in(whole, bodies)
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while len(arrivals.at) < len(bodies) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        arrivals.stopping = True
        reader.join()
    ids = tracking_ids(whole, before)
    if lost := [submission for submission in due if ids.get(submission) not in arrivals.at]:
        raise Stuck(f"{len(lost)} of {len(bodies)} submissions were not on an outlet {ARRIVAL_SECONDS:.0f} s later")
    measured = list(due)[int(len(due) * WARM_UP) :]
    millis = [(arrivals.at[ids[submission]] - due[submission]) * 1000 for submission in measured]
    note = f"{PER_SECOND}/s for {len(bodies) / PER_SECOND:.0f} s, from the scheduled moment to an agency's reader"
    return [
        Figure(f"latency_p{percent}_ms", percentile(millis, percent), "ms", len(millis), note) for percent in (50, 99)
    ]


def _hand_in(whole: Whole, bodies: Sequence[bytes]) -> dict[str, float]:
    """Each at its own moment, without waiting for anything; submission -> when it was due."""
    client = wire.producer(whole.stack, people.PRINCIPAL, **{"linger.ms": 0})
    due: dict[str, float] = {}
    start = time.monotonic() + 1
    for number, body in enumerate(bodies):
        moment = start + number / PER_SECOND
        while (left := moment - time.monotonic()) > 0:
            client.poll(min(left, 0.005))
        row = people.submission(body)
        client.produce(row.topic, row.value, row.key, headers=row.headers)
        client.poll(0)
        due[row.key.decode()] = moment
    client.flush(wire.SECONDS)
    return due
