"""`python -m tests.bench --out build/bench.json [--only router,intake] [--quick] [--strict]`: see `make bench`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lapor_deploy.errors import LaporError
from lapor_deploy.supervise import Supervisor
from rich.console import Console

from tests.bench import figures, load, mailing, million, people, single
from tests.bench.figures import Figure
from tests.bench.ground import ground
from tests.bench.watch import Stuck
from tests.bench.whole import Whole, idle, resident, whole

SINGLE = ("intake", "router", "escalation", "notifier")
WHOLE = ("start", "idle", "latency", "pipeline", "mails", "million")


@dataclass(frozen=True)
class Sizes:
    """Complaints, but `idle_seconds`."""

    single: single.Sizes
    latency: int
    pipeline: int
    mails: int
    million: int
    idle_seconds: float = 15.0


FULL = Sizes(single.Sizes(submitted=12_000, complaints=40_000), 2_000, 12_000, 8_000, 1_000_000)
QUICK = Sizes(single.Sizes(submitted=2_000, complaints=6_000), 500, 2_000, 2_000, 50_000, 5.0)


EXIT_MISSED, EXIT_INCOMPLETE = 1, 2


def main() -> int:
    arguments = _arguments()
    console = Console(stderr=True)
    # What an operator's shell says to his services says nothing here.
    for name in [name for name in os.environ if name.startswith("LAPOR_") and name != "LAPOR_CACHE"]:
        del os.environ[name]
    began, others = time.monotonic(), os.getloadavg()[0]

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.0f} s[/dim] {text}", highlight=False)

    found: list[Figure] = []
    try:
        _measure(QUICK if arguments.quick else FULL, frozenset(arguments.only), say, found)
    except (Stuck, LaporError) as error:
        # What was measured before is shown all the same.
        console.print(f"[bold red]{error}[/bold red]")
        failed = True
    else:
        failed = False
    figures.write(found, arguments.out)
    console.print(figures.table(found))
    for figure in found:
        console.print(f"[bold]{figure.name}[/bold]: {figure.note}", highlight=False)
    console.print(f"{time.monotonic() - began:.0f} s; load when it began {others:.1f}; {arguments.out}")
    missed = any(figures.met(figure) is False for figure in found)
    return EXIT_INCOMPLETE if failed else EXIT_MISSED if missed and arguments.strict else 0


def _measure(sizes: Sizes, wanted: frozenset[str], say: Callable[[str], None], found: list[Figure]) -> None:
    """Adds to `found`. Raises Stuck or LaporError where something cannot be measured."""
    with _folder() as folder:
        if wanted & set(SINGLE):
            with ground(folder / "single", say) as made:
                for figure in single.Single(made, sizes.single, wanted).run():
                    found.append(figure)
        if wanted & set(WHOLE):
            with whole(folder / "whole", say) as (running, start):
                found.append(start)
                for figure in _whole(running, sizes, wanted):
                    found.append(figure)


def _whole(running: Whole, sizes: Sizes, wanted: frozenset[str]) -> Iterator[Figure]:
    if "idle" in wanted:
        running.say("idle")
        yield from idle(running, sizes.idle_seconds)
    if "latency" in wanted:
        running.say("latency")
        yield from load.latency(running, people.sealed(running.stack, range(sizes.latency)))
    if wanted & {"pipeline", "mails", "million"}:
        Supervisor(running.stack.data).stop_program("mailbox")
        running.say("pipeline")
        first = range(sizes.latency, sizes.latency + sizes.pipeline)
        empty = load.pipeline(running, people.sealed(running.stack, first))
        yield from load.pipeline_figures(empty)
        if "mails" in wanted:
            running.say("mails")
            yield mailing.mails_per_second(running, sizes.mails)
        if "million" in wanted:
            running.say("a million complaints are put into the databases")
            note = million.fill(running, sizes.million)
            running.say("pipeline again")
            again = range(first.stop, first.stop + sizes.pipeline)
            full = load.pipeline(running, people.sealed(running.stack, again))
            yield million.figure(full, empty, note)
    yield from resident(running)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = ", ".join((*SINGLE, *WHOLE))
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--only", type=lambda text: text.split(","), default=[*SINGLE, *WHOLE], help=names)
    parser.add_argument("--quick", action="store_true", help="less of everything: for a first look, not for figures")
    parser.add_argument("--strict", action="store_true", help="exit code 1 where something demanded is not reached")
    return parser.parse_args()


@contextmanager
def _folder() -> Iterator[Path]:
    """For both stacks; open to PostgreSQL's user, and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lapor-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
