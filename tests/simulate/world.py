"""A broker, a database and two processes of escalation on a simulated clock; nobody else. From the main thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from lapor_chassis.clock import DomainClock, wall_now
from lapor_deploy import wiring
from lapor_deploy.embedded.platform import format_storage
from lapor_deploy.embedded.postgres_user import remove_orphans
from lapor_deploy.embedded.program import Program
from lapor_deploy.parts import platform_probes, platform_programs, unready
from lapor_deploy.paths import check_disk, make_private_dir
from lapor_deploy.stack import Stack

from tests.chaos.world import Part, World
from tests.simulate.stories import START

SERVICE = "escalation"
STARTING = timedelta(seconds=25)  # about how long all take to start: then the year begins
INSTANCES = 2
GUEST = f"{SERVICE}-{INSTANCES}"  # comes and goes, so that partitions change hands


@contextmanager
def world_in(folder: Path, speed: float) -> Iterator[World]:
    """All but the guest run."""
    clock = DomainClock(START, wall_now() + STARTING, speed)
    make_private_dir(folder)
    folder.chmod(0o755)  # PostgreSQL may have to run as another user
    with ExitStack() as cleanup:
        stack = Stack.create(folder / "data", str(clock), durable=False)
        check_disk(stack.data)
        make_private_dir(stack.data / "log")
        format_storage(stack)
        remove_orphans()
        probes = platform_probes(stack)
        parts = {
            program.name: Part(program, probes[program.name])
            for program in platform_programs(stack)
            if program.name != "mailbox"
        }
        world = World(stack, DomainClock.parse(str(clock)), folder, parts)
        cleanup.callback(world.stop)
        _start(world, list(parts))
        stack.postgres_server().provide(stack.database_passwords())
        wiring.prepare(stack)
        services = [service(stack, number) for number in range(INSTANCES)]
        parts |= {program.name: Part(program, partial(is_ready, program)) for program in services}
        _start(world, [program.name for program in services])
        yield world


def service(stack: Stack, number: int, *, static: bool = True) -> Program:
    """`static`: the broker waits a while for it to come back before others get its partitions."""
    program = wiring.service_program(stack, SERVICE, number)
    more = {"LAPOR_LANE_DEAD_AFTER_SECONDS": "4", "LAPOR_HEARTBEAT_SECONDS": "1",
            "LAPOR_STATIC_MEMBER": str(static).lower()}  # fmt: skip
    return replace(program, name=f"{SERVICE}-{number}", env={**program.env, **more})


def is_ready(program: Program) -> bool:
    return unready(program) is None


def _start(world: World, names: list[str]) -> None:
    for name in names:
        world.start(name)
    for name in names:
        world.wait(name)
