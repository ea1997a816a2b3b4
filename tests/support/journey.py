"""All four services as processes of their own, on a platform of their own: what the journeys run in.

A platform of their own, because other tests write what no service would (holes, repeats, broken bodies), and
here everything that is on the topics has to be right. The clock runs 12,000 times as fast as ours and the
limits are short, so that the whole ladder is climbed in half a minute, with seconds between its steps.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from uuid import UUID

from lapor_chassis.clock import DomainClock, wall_now
from lapor_deploy import wiring
from lapor_deploy.embedded.ports import LOOPBACK, accepts
from lapor_deploy.embedded.program import Child, Program, wait_until
from lapor_deploy.parts import unready
from lapor_deploy.stack import SERVICES, Stack

from tests.support.journey_collector import Collector, collecting
from tests.support.journey_mail import Mailbox
from tests.support.platform import platform

START = datetime.fromisoformat("2023-10-02T08:00:00+08:00")  # a Monday; the month has no holiday
SPEED = 12_000.0  # a working day in 7 seconds
STARTING = timedelta(seconds=6)  # about how long the services take: then the Monday begins
READY_SECONDS = 60.0
MAILBOX = "mailbox"
AGENCIES = (
    "64-diskominfo", "64-inspektorat", "6407-pupr", "6407-dlh", "6407-diskominfo", "6407-inspektorat", "komdigi",
    "itjen-komdigi", "ombudsman-64", "ombudsman-ri",
)  # fmt: skip
POLICY = """
[limits.first_response]
value = 2
unit = "working_days"
source = "short, so that a test need not wait"

[steps]
reminded = 1
superior_told = 1
alerted = 1
"""


@dataclass(frozen=True)
class Filed:
    """A complaint that was handed in, and what its reporter got for it."""

    complaint: UUID
    tracking_id: str
    access_code: str


@dataclass
class World:
    """`collector`: where all services send their traces."""

    stack: Stack
    clock: DomainClock
    collector: Collector
    programs: dict[str, Program]
    mailbox: Mailbox
    children: dict[str, Child] = field(default_factory=dict)
    # What was handed in at the start and that no agency answers, because a ladder takes its time: tracking id
    # and access code by name.
    silent: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def logs(self) -> Path:
        return self.stack.data / "log"

    def start(self, name: str) -> None:
        """From the main thread: a program ends with the thread that started it."""
        self.children[name] = Child(self.programs[name], self.stack.data / "run", self.logs / f"{name}.log")

    def kill(self, name: str) -> None:
        """As kill -9 does."""
        self.children[name].kill()

    async def until_ready(self, *names: str) -> None:
        """Raises LaporError where one of them ends, or is not ready in time."""
        await asyncio.gather(*(asyncio.to_thread(self.wait, name) for name in names))

    def wait(self, name: str) -> None:
        child, program = self.children[name], self.programs[name]

        def ready() -> bool:
            return unready(program) is None if program.health_url else accepts(LOOPBACK, self.stack.port("smtp"))

        wait_until(ready, child.alive, name, child.log, READY_SECONDS)

    def url(self, service: str) -> str:
        return f"http://{LOOPBACK}:{self.stack.http_port(service)}"

    def died(self) -> list[str]:
        """Who ended by itself."""
        return [name for name, child in self.children.items() if not child.alive()]

    def stop(self) -> None:
        """All at once, the mailbox last; who does not end in time is killed."""
        services = [child for name, child in self.children.items() if name != MAILBOX]
        with ThreadPoolExecutor() as threads:
            list(threads.map(Child.stop, services))
        self.children[MAILBOX].stop()


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """Everything runs and everybody has joined; nothing was handed in yet."""
    with ExitStack() as cleanup:
        yield _started(folder, cleanup)


def _started(folder: Path, cleanup: ExitStack) -> World:
    collector = cleanup.enter_context(collecting())
    real = cleanup.enter_context(platform(folder))
    _prepare(real)
    clock = DomainClock(START, wall_now() + STARTING, SPEED)
    stack = replace(real, clock=str(clock))
    policy = folder / "escalation.toml"
    policy.write_text(POLICY, encoding="utf-8")
    programs = {name: _service(stack, name, collector, policy) for name in SERVICES} | {MAILBOX: _mailbox(stack)}
    world = World(stack, DomainClock.parse(str(clock)), collector, programs, Mailbox(stack.mail_dir))
    cleanup.callback(world.stop)
    for name in programs:
        world.start(name)
    # While they start: it is the router's own command, and they hear of it by event.
    # In a thread, because it brings an event loop of its own.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(wiring.join_agencies, stack, AGENCIES).result()
    for name in programs:
        world.wait(name)
    return world


def _prepare(stack: Stack) -> None:
    """As `lapor up` does, but for the agencies."""
    for entry in entry_points(group="lapor.keys"):
        entry.load()(stack.data / "keys" / entry.name)
    wiring.provide_broker(stack)


def _service(stack: Stack, name: str, collector: Collector, policy: Path) -> Program:
    program = wiring.service_program(stack, name)
    more = {
        "LAPOR_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "500", "LAPOR_TALLY_SECONDS": "1",
        "LAPOR_LOG_LEVEL": "DEBUG", "LAPOR_METADATA_SECONDS": "0.5",
    }  # fmt: skip
    if name == "escalation":
        more["LAPOR_ESCALATION_POLICY"] = str(policy)
    return replace(program, env={**program.env, **more})


def _mailbox(stack: Stack) -> Program:
    argv = ["-m", "lapor_deploy.mailbox", "--port", str(stack.port("smtp")), "--dir", str(stack.mail_dir)]
    return Program(MAILBOX, [sys.executable, *argv])
