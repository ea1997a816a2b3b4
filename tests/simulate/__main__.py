"""`python -m tests.simulate --complaints 300000 --agencies 700 --out build/simulate.json`: see `make simulate`."""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

import asyncpg
from lapor_chassis.clock import monotonic
from lapor_contracts.catalogue import topic as topic_of
from lapor_deploy.errors import LaporError

from tests.bench import watch, wire
from tests.bench.rates import percentile
from tests.chaos.run import beside
from tests.chaos.world import World
from tests.simulate import chart
from tests.simulate.driver import Orders, drive
from tests.simulate.fire import Fire
from tests.simulate.judging import LINES, Verdict, judge
from tests.simulate.stories import START, YEAR
from tests.simulate.world import SERVICE, world_in

PER_SECOND = 180.0  # complaints a second of the wall; with what follows on them about five times as many events
LEAST_SECONDS = 240.0  # a day in two thirds of a second: faster, and all is late by days
TROUBLES, LEAST_EVERY = 9, 25.0  # at least so many, and so many seconds from one to the next
LONGEST_EVERY = 100.0
QUIET_SECONDS, LOOK_SECONDS, SAY_SECONDS = 900.0, 0.5, 30.0
INPUTS = ("lapor.complaints", "lapor.assignments", "lapor.replies")
STORES = ("kafka", "postgres")
MONTH = YEAR / 12
# With their indexes and what is stored aside; `dead`: rows that no vacuum has taken away yet.
TABLES = """select (select count(*) from subject where due_at is not null) as timers,
  pg_relation_size('subject_due') as timer_bytes,
  (select count(*) from subject) as subjects, pg_total_relation_size('subject') as subject_bytes,
  (select n_dead_tup::int from pg_stat_user_tables where relname = 'subject') as dead,
  (select autovacuum_count::int from pg_stat_user_tables where relname = 'subject') as vacuums"""


@dataclass
class Simulation:
    world: World
    orders: Orders
    fire: Fire
    say: Callable[[str], None]
    phases: dict[str, float] = field(default_factory=dict)
    tables: list[dict[str, int]] = field(default_factory=list)

    async def play(self) -> None:
        """The year, and then until nothing that was due in it is left. Raises watch.Stuck."""
        driver = multiprocessing.get_context("spawn").Process(target=drive, args=(self.orders,))
        driver.start()
        try:
            began = monotonic()
            await beside([self.world.supervise()], self._year(driver))
            self.phases["the year"] = round(monotonic() - began, 1)
            began = monotonic()
            await beside([self.world.supervise()], self._until_quiet())
            self.phases["until all is quiet"] = round(monotonic() - began, 1)
        finally:
            driver.kill()

    async def _year(self, driver: BaseProcess) -> None:
        fire = asyncio.create_task(self.fire.run())
        said = monotonic()
        while driver.is_alive() or self.world.clock.now() < START + YEAR:
            if fire.done():
                fire.result()
            if monotonic() - said > SAY_SECONDS:
                said = monotonic()
                day = (self.world.clock.now() - START) // timedelta(days=1)
                self.say(f"day {day}; {self._lag()} records unread; {self.fire.kills} kills")
            if (self.world.clock.now() - START) // MONTH > len(self.tables):
                await self._weigh()
            await asyncio.sleep(LOOK_SECONDS)
        fire.cancel()
        if driver.exitcode != 0:
            raise watch.Stuck(f"the driver ended with {driver.exitcode}")

    async def _weigh(self) -> None:
        """The tables at the end of a month; the database may be between two lives."""
        try:
            connection = await asyncpg.connect(self.world.stack.database_url(SERVICE))
            try:
                row = await connection.fetchrow(TABLES)
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return
        self.tables.append({"month": len(self.tables) + 1, **dict(row or {})})

    async def _until_quiet(self) -> None:
        deadline = monotonic() + QUIET_SECONDS
        while self._lag() or await self._due() or await self._unpublished():
            if monotonic() > deadline:
                raise watch.Stuck(f"{self._lag()} unread, {await self._due()} due after {QUIET_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)

    def _lag(self) -> int:
        """What is on the topics and was not read yet."""
        client = wire.admin(self.world.stack)
        lag = 0
        for group, topics in ((SERVICE, INPUTS), (f"{SERVICE}-edge", ("lapor.ombudsman.replies",))):
            places = wire.partitions(topics)
            lag += sum(watch.ends_of(client, places).values()) - sum(watch.committed(client, group, places).values())
        return lag

    async def _due(self) -> int:
        return await self._ask("select count(*) from subject where due_at <= $1", START + YEAR)

    async def _unpublished(self) -> int:
        """Rows of the outbox that are not known to be on their topic."""
        return await self._ask("select count(*) from outbox o join lane l on l.id = o.lane where o.seq > l.mark")

    async def _ask(self, sql: str, *args: object) -> int:
        connection = await asyncpg.connect(self.world.stack.database_url(SERVICE))
        try:
            return int(await connection.fetchval(sql, *args))
        finally:
            await connection.close()


def main() -> int:
    arguments = _arguments()
    for name in [name for name in os.environ if name.startswith("LAPOR_") and name != "LAPOR_CACHE"]:
        del os.environ[name]  # a given broker must not be killed
    signal.signal(signal.SIGTERM, _interrupt)
    out: Path = arguments.out.resolve()
    folder = out.with_suffix("")
    shutil.rmtree(folder, ignore_errors=True)
    began = monotonic()

    def say(text: str) -> None:
        print(f"{monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)

    seconds = arguments.seconds or max(LEAST_SECONDS, arguments.complaints / PER_SECOND)
    every = min(LONGEST_EVERY, max(LEAST_EVERY, seconds / TROUBLES))
    try:
        with world_in(folder, YEAR.total_seconds() / seconds) as world:
            orders = Orders(
                world.stack.data, str(world.clock), arguments.seed, arguments.complaints, arguments.agencies,
                folder / "driver.json",
            )  # fmt: skip
            simulation = Simulation(world, orders, Fire(world, every), say)
            say(f"a year in {seconds:.0f} s: a day in {seconds / 365:.2f} s; a kill every {every:.0f} s")
            asyncio.run(simulation.play())
            say("all is quiet; judging")
            judging = monotonic()
            verdict = _judge(world)
            simulation.phases["judging"] = round(monotonic() - judging, 1)
            found = _found(simulation, verdict, seconds)
    except (LaporError, watch.Stuck) as error:
        say(f"{error}; logs in {folder / 'data' / 'log'}")
        return 2
    except KeyboardInterrupt:
        say(f"interrupted; what there is lies in {folder}")
        return 130
    return _ending(found, verdict, arguments, out, say)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--complaints", type=int, default=300_000)
    parser.add_argument("--agencies", type=int, default=700)
    parser.add_argument("--seconds", type=float, default=0.0, help="for the year; 0: by the number of complaints")
    parser.add_argument("--out", type=Path, default=Path("build/simulate.json"))
    return parser.parse_args()


def _judge(world: World) -> Verdict:
    """The services are stopped: nothing moves any more."""
    for name in [name for name in world.parts if name.startswith(SERVICE)]:
        child = world.parts[name].child
        if child is not None:
            child.stop()
    verdict, partitions = Verdict(), topic_of(INPUTS[0]).partitions
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(os.cpu_count() or 1, partitions), mp_context=context, max_tasks_per_child=1) as pool:
        jobs = [
            pool.submit(judge, world.stack.data, str(world.clock), partition, START + YEAR)
            for partition in range(partitions)
        ]
        for job in jobs:
            verdict.add(job.result())
    return verdict


def _found(simulation: Simulation, verdict: Verdict, seconds: float) -> dict[str, Any]:
    driver = json.loads(simulation.orders.out.read_text(encoding="utf-8"))
    fired = sum(verdict.steps.values())
    missed, doubled, early = len(verdict.missed), len(verdict.doubled), len(verdict.early)
    late = sorted(verdict.late) or [0.0]
    dead = sum(watch.ends(wire.admin(simulation.world.stack), [f"lapor.dlq.{SERVICE}"]).values())
    return {
        "complaints": verdict.complaints,
        "agencies": simulation.orders.agencies,
        "expected": fired - doubled - early - len(verdict.unexplained) + missed,
        "fired": fired,
        "missed": missed,
        "doubled": doubled,
        "early": early,
        "unexplained": len(verdict.unexplained),
        "steps": dict(sorted(verdict.steps.items())),
        "kills": simulation.fire.kills,
        "rebalances": simulation.fire.rebalances,
        "repeats": verdict.repeats,
        "dead_letters": dead,
        "seed": simulation.orders.seed,
        "speed": round(YEAR.total_seconds() / seconds),
        "seconds": {"asked for the year": seconds, **simulation.phases},
        "late_s": {f"p{share}": round(percentile(late, share), 2) for share in (50, 99)} | {"most": round(late[-1], 2)},
        "tables": simulation.tables,
        "driver": driver,
        "details": {
            name: lines[:LINES]
            for name, lines in vars(verdict).items()
            if name in ("missed", "doubled", "early", "unexplained") and lines
        },
    }


def _ending(
    found: dict[str, Any], verdict: Verdict, arguments: argparse.Namespace, out: Path, say: Callable[[str], None]
) -> int:
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    picture = out.with_suffix(".png")
    title = f"{found['complaints']:,} complaints, {arguments.agencies} agencies, a simulated year"
    chart.draw(verdict.changes, title, picture)
    numbers = {name: value for name, value in found.items() if type(value) is int}
    say(", ".join(f"{name} {value:,}" for name, value in numbers.items()))
    ok = not any(found[name] for name in ("missed", "doubled", "early", "unexplained"))
    ok = ok and found["complaints"] == arguments.complaints and found["fired"] > 0 and not found["driver"]["refused"]
    if ok:
        for store in STORES:
            shutil.rmtree(out.with_suffix("") / "data" / store, ignore_errors=True)
    say(f"{'nothing missed, doubled or early' if ok else 'NOT AS IT SHOULD BE'}: {out}, {picture}")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
