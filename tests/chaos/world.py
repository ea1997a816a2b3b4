"""Two processes of each service, a broker, a database and a mailbox: started, killed and started again here.

Everything is a child of this process and ends with it, however it ends. What ends by itself or is killed is started
again at once, later and later while it does not stay. The clock runs fast and the limits are short, so that the
whole ladder is climbed during a run.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from lapor_chassis.clock import DomainClock, monotonic, wall_now
from lapor_deploy import wiring
from lapor_deploy.embedded.platform import format_storage
from lapor_deploy.embedded.postgres_user import remove_orphans
from lapor_deploy.embedded.program import Child, Program, wait_until
from lapor_deploy.parts import platform_probes, platform_programs, unready
from lapor_deploy.paths import check_disk, make_private_dir
from lapor_deploy.stack import SERVICES, Stack

START = datetime.fromisoformat("2023-10-02T08:00:00+08:00")  # a Monday; no holiday before Christmas
SPEED = 24_000.0  # a day in 3.6 seconds
STARTING = timedelta(seconds=25)  # about how long all take to start: then the Monday begins
INSTANCES = 2
START_SECONDS = 90.0
LOOK_SECONDS = 0.05
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS, STAYED_SECONDS = 0.2, 4.0, 10.0
LANE_DEAD_AFTER_SECONDS = 4.0
HEARTBEAT_SECONDS = 1.0
# Exit codes of a process that was taken for dead: 3 where its stopping took too long.
TAKEN_FOR_DEAD = (4, 3)
AGENCIES = (
    "6407-pupr", "64-pupr", "6407-dlh", "64-dlh", "6407-diskominfo", "komdigi", "64-diskominfo",
    "6407-inspektorat", "64-inspektorat", "itjen-komdigi", "itjen-kemendagri", "ombudsman-64", "ombudsman-ri",
)  # fmt: skip
# Kept in the run folder: the reckoning computes with the same limits.
POLICY_FILE = "escalation.toml"
_POLICY_LIMITS = {"verification": 1, "acceptance": 3, "first_response": 2, "reporter_reply": 2}
_POLICY_TYPES = {"complaint": 4, "information_request": 3, "aspiration": 4}
_SOURCE = 'source = "short, so that a run need not wait"\n'
POLICY = (
    "".join(
        f'[limits.{name}]\nvalue = {days}\nunit = "working_days"\n{_SOURCE}' for name, days in _POLICY_LIMITS.items()
    )
    + "".join(f"[by_type.{name}]\nvalue = {days}\n{_SOURCE}" for name, days in _POLICY_TYPES.items())
    + "[steps]\nreminded = 1\nsuperior_told = 1\nalerted = 1\n"
)


@dataclass
class Part:
    """A program, what tells that it is ready, and its running process. `since`: the monotonic time of its start.
    `exits`: the codes of all ends so far, negative: the signal."""

    program: Program
    answers: Callable[[], bool]
    child: Child | None = None
    since: float = 0.0
    delay: float = FIRST_DELAY_SECONDS
    start_at: float = 0.0
    exits: list[int] = field(default_factory=list)


@dataclass
class World:
    """`on_exit`: told of every end of a process, with its exit code."""

    stack: Stack
    clock: DomainClock
    folder: Path
    parts: dict[str, Part]
    on_exit: Callable[[str, int], None] = lambda _name, _code: None

    @property
    def logs(self) -> Path:
        return self.stack.data / "log"

    def urls(self) -> list[str]:
        """Where each intake listens."""
        return [f"http://127.0.0.1:{self.stack.http_port('intake', i)}" for i in range(INSTANCES)]

    def start(self, name: str) -> None:
        """From the main thread: a program ends with the thread that started it."""
        part = self.parts[name]
        part.child = Child(part.program, self.stack.data / "run", self.logs / f"{name}.log")
        part.since = monotonic()

    def wait(self, name: str) -> None:
        """Raises LaporError where it ends or is not ready in time."""
        part = self.parts[name]
        assert part.child is not None
        wait_until(part.answers, part.child.alive, name, part.child.log, START_SECONDS)

    def signal(self, name: str, number: signal.Signals) -> None:
        child = self.parts[name].child
        assert child is not None
        os.kill(child.pid, number)

    def alive(self, name: str) -> bool:
        child = self.parts[name].child
        return child is not None and child.alive()

    async def ready(self, name: str) -> bool:
        return self.alive(name) and await asyncio.to_thread(self.parts[name].answers)

    async def until_ready(self, *names: str, seconds: float = START_SECONDS) -> list[str]:
        """Those that are not ready in time."""
        waiting = set(names or self.parts)
        deadline = monotonic() + seconds
        while waiting and monotonic() < deadline:
            for name in sorted(waiting):
                if await self.ready(name):
                    waiting.discard(name)
            await asyncio.sleep(LOOK_SECONDS)
        return sorted(waiting)

    async def supervise(self) -> None:
        """For ever: starts again what has ended."""
        while True:
            for name, part in self.parts.items():
                self._look(name, part)
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self, name: str, part: Part) -> None:
        now = monotonic()
        if part.child is None:
            if now >= part.start_at:
                self.start(name)
        elif not part.child.alive():
            code = part.child.exit_code or 0
            part.exits.append(code)
            part.child = None
            part.delay = FIRST_DELAY_SECONDS if now - part.since > STAYED_SECONDS else part.delay * 2
            part.start_at = now + min(part.delay, LONGEST_DELAY_SECONDS)
            self.on_exit(name, code)

    def stop(self) -> None:
        """As the machine's own end would."""
        for part in reversed(self.parts.values()):
            if part.child is not None:
                part.child.kill()


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """Everything runs and everybody has joined; nothing was handed in yet. From the main thread."""
    data = folder / "data"
    clock = DomainClock(START, wall_now() + STARTING, SPEED)
    make_private_dir(folder)
    folder.chmod(0o755)  # PostgreSQL may have to run as another user
    (folder / POLICY_FILE).write_text(POLICY, encoding="utf-8")
    with ExitStack() as cleanup:
        stack = Stack.create(data, str(clock), durable=False)
        check_disk(data)
        make_private_dir(data / "log")
        format_storage(stack)
        remove_orphans()
        probes = platform_probes(stack)
        parts = {program.name: Part(program, probes[program.name]) for program in platform_programs(stack)}
        world = World(stack, DomainClock.parse(str(clock)), folder, parts)
        cleanup.callback(world.stop)
        _start_all(world, list(parts))
        stack.postgres_server().provide(stack.database_passwords())
        wiring.prepare(stack)
        services = [_service(stack, name, i, folder / POLICY_FILE) for name in SERVICES for i in range(INSTANCES)]
        parts |= {program.name: Part(program, partial(_is_ready, program)) for program in services}
        for program in services:
            world.start(program.name)
        # While they start: it is the router's own command, and they hear of it by event.
        wiring.join_agencies(stack, AGENCIES)
        for program in services:
            world.wait(program.name)
        yield world


def _start_all(world: World, names: list[str]) -> None:
    for name in names:
        world.start(name)
    for name in names:
        world.wait(name)


def _service(stack: Stack, service: str, instance: int, policy: Path) -> Program:
    program = wiring.service_program(stack, service, instance)
    more = {
        "LAPOR_LANE_DEAD_AFTER_SECONDS": str(LANE_DEAD_AFTER_SECONDS),
        "LAPOR_HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS),
        "LAPOR_TALLY_SECONDS": "2",
        "LAPOR_ESCALATION_POLICY": str(policy),
    }
    return replace(program, name=f"{service}-{instance}", env={**program.env, **more})


def _is_ready(program: Program) -> bool:
    return unready(program) is None
