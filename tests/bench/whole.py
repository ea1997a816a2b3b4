"""All of it, as `lapor up` runs it in a folder of its own: started, idle, under a steady and under a full load."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from confluent_kafka import OFFSET_BEGINNING, Message
from lapor_chassis.ids import uuid7
from lapor_contracts.assignments import Assigned
from lapor_deploy import wiring
from lapor_deploy.embedded.ports import LOOPBACK
from lapor_deploy.embedded.program import Child, Program, wait_until
from lapor_deploy.parts import unready
from lapor_deploy.paths import make_private_dir
from lapor_deploy.stack import SERVICES, Stack

from tests.bench import people, processes, watch, wire
from tests.bench.figures import Figure

START_SECONDS = 120.0
TRY_SECONDS = 0.25
SETTLE_SECONDS = 5.0
FIRST_AGENCY = "6407-pupr"


@dataclass
class Whole:
    """`up`: the process of `lapor up`, which everything else descends from."""

    stack: Stack
    up: int
    say: Callable[[str], None]

    def pids(self) -> dict[str, int]:
        return processes.programs(self.stack.data)


@contextmanager
def whole(folder: Path, say: Callable[[str], None]) -> Iterator[tuple[Whole, Figure]]:
    """Everything is ready and thirty agencies have joined; and how long the first assignment took."""
    data = folder / "data"
    folder.mkdir()  # open to PostgreSQL's user, as the one above it
    run = make_private_dir(folder / "run")
    command = [str(Path(sys.executable).with_name("lapor")), "up", "--data", str(data)]
    cache = {name: os.environ[name] for name in ("LAPOR_CACHE",) if name in os.environ}
    began = time.monotonic()
    up = Child(Program("up", command, cache, stop_seconds=60), run, folder / "up.log")
    try:
        wait_until((data / "stack.json").exists, up.alive, "lapor up", up.log, START_SECONDS)
        stack = Stack.load(data)
        handed_in = first_assignment(stack, up)
        took = time.monotonic() - began
        note = f"handed in over HTTP every {TRY_SECONDS} s from `lapor up` on; {handed_in} had been accepted by then"
        wait_until(partial(_ready, stack), up.alive, "lapor up", up.log, START_SECONDS)
        wiring.join_agencies(stack, people.AGENCIES)
        made = Whole(stack, processes.programs(folder)["up"], say)
        yield made, Figure("start_to_first_assignment_s", took, "s", 1, note)
    finally:
        up.stop()


def _ready(stack: Stack) -> bool:
    return all(unready(program) is None for program in wiring.services(stack))


def first_assignment(stack: Stack, up: Child) -> int:
    """Hands in a complaint again and again until one is assigned; how many that took."""
    deadline = time.monotonic() + START_SECONDS
    accepted, reader = 0, None
    while up.alive() and time.monotonic() < deadline:
        again_at = time.monotonic() + TRY_SECONDS
        accepted += _accepted(stack)
        if accepted and reader is None:
            places = wire.partitions(["lapor.assignments"])
            reader = wire.consumer(stack, "oversight", dict.fromkeys(places, OFFSET_BEGINNING))
        while (left := again_at - time.monotonic()) > 0:
            if reader is None:
                time.sleep(left)
            elif (message := reader.poll(left)) and _is_assignment(message):
                reader.close()
                return accepted
    raise watch.Stuck(f"no assignment came; {up.log}")


def _accepted(stack: Stack) -> bool:
    """One attempt, as soon as intake's port is known."""
    body = people.complaint(people.AGENCIES.index(FIRST_AGENCY)).model_dump(mode="json", exclude={"kind"})
    port, key = stack.ports().get("intake-0"), str(uuid7())
    if port is None:
        return False
    try:
        url = f"http://{LOOPBACK}:{port}/v1/complaints"
        return httpx.post(url, json=body, headers={"Idempotency-Key": key}, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _is_assignment(message: Message) -> bool:
    return not message.error() and wire.header(message, "ce_type") == Assigned.type


def idle(whole: Whole, seconds: float) -> list[Figure]:
    """Everything that `lapor up` has started and itself, while nothing is handed in."""
    time.sleep(SETTLE_SECONDS)
    pids = {**whole.pids(), "all": whole.up}
    del pids["supervisord"]  # all but `lapor up` descend from it
    began, used = time.monotonic(), {name: processes.cpu_seconds(pid) for name, pid in pids.items()}
    time.sleep(seconds)
    took = time.monotonic() - began
    cpu = {name: (processes.cpu_seconds(pid) - used[name]) / took * 100 for name, pid in pids.items()}
    memory = {name: processes.pss_megabytes([pid]) for name, pid in pids.items()}
    count = len(processes.tree(whole.up))
    return [
        Figure("idle_rss_mb", memory.pop("all"), "MB", count, f"PSS, so what is shared counts once: {_each(memory)}"),
        Figure("idle_cpu_percent", cpu.pop("all"), "% of a core", count, f"in {seconds:.0f} s: {_each(cpu)}"),
    ]


def _each(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in sorted(values.items(), key=lambda item: -item[1]))


def resident(whole: Whole) -> list[Figure]:
    """Of each service after all that was asked of it."""
    pids = whole.pids()
    return [
        Figure(f"rss_{name}_mb", processes.rss_megabytes(pids[name]), "MB", 1, "VmRSS after the last run")
        for name in SERVICES
    ]
