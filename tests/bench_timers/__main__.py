"""`python -m tests.bench_timers --out build/timers.json --open 10000,1000000`: see `make bench-timers`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
from lapor_deploy import wiring
from lapor_deploy.embedded.platform import embedded_platform
from lapor_deploy.errors import LaporError
from rich.console import Console

from tests.bench import wire
from tests.bench.ground import Ground
from tests.bench.rates import percentile
from tests.bench.watch import Stuck
from tests.bench_timers import filling, phases
from tests.bench_timers.filling import SMALL, plan_of

FIGURES = dict[str, float | int | None]
DISK_PER_ROW = 2_000  # bytes, with what the log takes meanwhile
AGAIN = 3  # a small database is filled and fired so often: one lot says little
EXIT_INCOMPLETE = 2


def main() -> int:
    arguments = _arguments()
    console = Console(stderr=True)
    for name in [name for name in os.environ if name.startswith("LAPOR_") and name != "LAPOR_CACHE"]:
        del os.environ[name]
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(
            f"[dim]{time.monotonic() - began:5.0f} s, load {os.getloadavg()[0]:.1f}[/dim] {text}", highlight=False
        )

    found: list[FIGURES] = []
    failed = False
    try:
        with _ground(say) as ground:
            for rows in arguments.open:
                if _fits(ground, rows, say):
                    found.append(_measure(ground, rows, arguments.burst, say))
                    _write(found, arguments.out)
    except (Stuck, LaporError) as error:
        console.print(f"[bold red]{error}[/bold red]")
        failed = True
    _write(found, arguments.out)
    for figures in found:
        console.print_json(data=figures)
    return EXIT_INCOMPLETE if failed or len(found) < len(arguments.open) else 0


def _measure(ground: Ground, rows: int, with_burst: bool, say: Callable[[str], None]) -> FIGURES:
    plan, found = plan_of(rows), phases.Found()
    url = ground.stack.database_url(phases.SERVICE)
    # A new process looks through all states once, before it is quiet.
    lead = timedelta(seconds=12 + rows / 40_000)
    for _ in range(AGAIN if rows < SMALL else 1):
        say(f"{rows:,} open complaints are put in")
        asyncio.run(filling.fill(url, plan, say))
        asyncio.run(_checkpoint(ground))
        state, timer = asyncio.run(filling.bytes_per_row(url))
        say(f"{state:.0f} bytes of state and {timer:.0f} of timer each; firing begins in {lead.total_seconds():.0f} s")
        phases.firing(ground, plan, lead, found)
        say(str(found.lots) + (f"; scattered {found.scattered}" if plan.scattered else ""))
    if plan.burst and with_burst:
        say(f"{plan.burst:,} at 16.00")
        phases.burst(ground, plan, lead + timedelta(seconds=phases.FRESH_SECONDS), found)
        say("a day off is decreed")
        phases.recount(ground, plan, lead, found)
    return _figures(rows, state + timer, timer, found)


def _figures(rows: int, size: float, timer: float, found: phases.Found) -> FIGURES:
    service, database = found.lots.cpu
    figures: FIGURES = {
        "open": rows,
        "arm_per_s": round(found.arm_per_s),
        "cancel_per_s": round(found.cancel_per_s),
        "fired_per_s": round(found.lots.fired_per_s),
        "cpu_us_per_fired": round(service + database),
        "delay_p50_ms": round(found.delay(50)),
        "delay_p99_ms": round(found.delay(99)),
        "bytes_per_open": round(size),
        "cpu_us_per_fired_service": round(service),
        "cpu_us_per_fired_database": round(database),
        "bytes_per_timer": round(timer),
    }
    if found.scattered.rates:
        service, database = found.scattered.cpu
        figures |= {
            "scattered_fired_per_s": round(found.scattered.fired_per_s),
            "scattered_cpu_us_per_fired_service": round(service),
            "scattered_cpu_us_per_fired_database": round(database),
        }
    if found.burst_seconds is not None:
        figures |= {
            "burst": found.burst_rows,
            "burst_s": round(found.burst_seconds, 1),
            "fresh_before_p99_ms": round(percentile(found.fresh_before, 99)),
            "fresh_during_p99_ms": round(percentile(found.fresh_during, 99)),
        }
    if found.recount_seconds is not None:
        figures |= {
            "recount_complaints": found.recount_complaints,
            "recount_moved": found.recount_moved,
            "recount_s": round(found.recount_seconds, 1),
            "fresh_recount_p99_ms": round(percentile(found.fresh_recount, 99)),
        }
    return figures


def _fits(ground: Ground, rows: int, say: Callable[[str], None]) -> bool:
    free = shutil.disk_usage(ground.stack.data).free
    if rows * DISK_PER_ROW < free:
        return True
    say(
        f"{rows:,} open complaints need {rows * DISK_PER_ROW / 1e9:.0f} GB of disk, {free / 1e9:.0f} are free: left out"
    )
    return False


def _write(found: list[FIGURES], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


async def _checkpoint(ground: Ground) -> None:
    """What was put in is on the disk before anything is measured."""
    conn = await asyncpg.connect(ground.stack.admin_database_url())
    try:
        await conn.execute("checkpoint")
    finally:
        await conn.close()


@contextmanager
def _ground(say: Callable[[str], None]) -> Iterator[Ground]:
    """A broker and a database, with the tables of escalation, and nobody else."""
    folder = Path(tempfile.mkdtemp(prefix="lapor-timers-"))
    folder.chmod(0o755)  # PostgreSQL may have to run as another user
    try:
        with embedded_platform(folder / "data", durable=True) as stack:
            wiring.provide_broker(stack)
            ground = Ground(stack, wire.admin(stack), say)
            with ground.running(phases.SERVICE) as child:
                ground.wait(child)
            yield ground
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_timers", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/timers.json"))
    parser.add_argument(
        "--open", type=lambda text: [int(n) for n in text.split(",")], default=[10_000, 1_000_000, 10_000_000]
    )
    parser.add_argument(
        "--no-burst", dest="burst", action="store_false", help="without the 200,000 at 16.00 and the decreed day"
    )
    arguments = parser.parse_args()
    try:
        for rows in arguments.open:
            plan_of(rows)
    except ValueError as error:
        parser.error(str(error))
    return arguments


if __name__ == "__main__":
    sys.exit(main())
