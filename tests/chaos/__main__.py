"""`python -m tests.chaos --seed 7 --complaints 3000 --kills 15 --out build/chaos.json`

Exit code 0: nothing lost, doubled or unexplained, and as many kills met unsettled work as were asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from types import FrameType
from typing import Any

from lapor_chassis.clock import monotonic
from lapor_deploy.errors import LaporError

from tests.chaos.agencies import Offices
from tests.chaos.fire import Fire
from tests.chaos.journal import Books, Watch
from tests.chaos.plan import Plan, plan
from tests.chaos.progress import Progress, say
from tests.chaos.quiet import Quiet
from tests.chaos.speaker import Speaker
from tests.chaos.traffic import Traffic
from tests.chaos.world import World, world_in

LEAST_SECONDS, SECONDS_A_KILL, COMPLAINTS_A_SECOND = 25.0, 9.0, 25.0
# What of a run that found nothing is not worth its space: the stores of broker and database, and the mails.
STORES = ("kafka", "postgres", "mail")


def main() -> int:
    arguments = _arguments()
    for name in [name for name in os.environ if name.startswith("LAPOR_") and name != "LAPOR_CACHE"]:
        del os.environ[name]  # a given broker must not be killed
    signal.signal(signal.SIGTERM, _interrupt)
    folder: Path = arguments.out.resolve().with_suffix("")
    shutil.rmtree(folder, ignore_errors=True)
    made = plan(arguments.seed, arguments.complaints, arguments.kills)
    began = monotonic()
    try:
        with world_in(folder) as world:
            say(f"all started after {monotonic() - began:.0f} s; logs in {world.logs}")
            result = asyncio.run(_run(world, made))
    except LaporError as error:
        say(f"{error}; logs in {folder / 'data' / 'log'}")
        return 1
    except KeyboardInterrupt:
        say(f"interrupted; what there is lies in {folder}")
        return 130
    result["seconds"] = round(monotonic() - began, 1)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _ending(result, made, folder, arguments.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--complaints", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path("build/chaos.json"))
    return parser.parse_args()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


async def _run(world: World, made: Plan) -> dict[str, Any]:
    books, watch, speaker = Books(world.folder), Watch(world.stack), Speaker(world.stack)
    world.on_exit = books.exit
    seconds = max(LEAST_SECONDS, len(made.kills) * SECONDS_A_KILL, len(made.complaints) / COMPLAINTS_A_SECOND)
    traffic = Traffic(world, made, watch, books, speaker, seconds)
    offices = Offices(world, made, books, speaker)
    fire = Fire(world, made, traffic, watch, books)
    progress = Progress(world, made, traffic, fire, watch)
    always = [
        world.supervise(), watch.run(), progress.run(), *offices.readers(),
        *(receipts.run() for receipts in traffic.receipts.values()),
    ]  # fmt: skip
    return await _beside(always, _story(world, made, traffic, offices, fire, watch, progress))


async def _story(
    world: World, made: Plan, traffic: Traffic, offices: Offices, fire: Fire, watch: Watch, progress: Progress
) -> dict[str, Any]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(traffic.run())
        tasks.create_task(fire.run())
    progress.now = "waiting until all is quiet"
    stuck = await Quiet(world, watch, offices, world.clock.now()).wait()
    for error in offices.errors:
        raise error
    progress.now = "reckoning"
    counted = await _reckoned(world)
    return {"seed": made.seed, "asked": {"complaints": len(made.complaints), "kills": len(made.kills)}, **counted,
            "kills": fire.counted, "stuck": stuck}  # fmt: skip


async def _reckoned(world: World) -> dict[str, Any]:
    from lapor_deploy.verification import verify

    report = await verify(world.stack, everything=True)
    return {"problems": report.problems, "events": report.events, "repeats": report.repeats,
            "complaints": report.complaints, "ok": not report.problems}  # fmt: skip


async def _beside(
    always: list[Coroutine[Any, Any, None]], story: Coroutine[Any, Any, dict[str, Any]]
) -> dict[str, Any]:
    """The story, while the others run; one of them that fails ends it."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(work) for work in always]
        result = await story
        for task in running:
            task.cancel()
    return result


def _ending(result: dict[str, Any], made: Plan, folder: Path, out: Path) -> int:
    ok = result["ok"] and not result["stuck"] and result["kills"] >= len(made.kills)
    shown = {name: value for name, value in result.items() if isinstance(value, int | float)}
    say(f"{'nothing lost, nothing twice' if ok else 'NOT AS IT SHOULD BE'}: {shown}")
    say(f"{out}, logs in {folder / 'data' / 'log'}")
    if ok:
        for store in STORES:
            shutil.rmtree(folder / "data" / store, ignore_errors=True)
        return 0
    say(f"look at: details in {out}; {folder}/kills.jsonl, handed.jsonl, exits.jsonl")
    say(f"the same plan again: make chaos SEED={made.seed} COMPLAINTS={len(made.complaints)} KILLS={len(made.kills)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
