"""`python -m tests.chaos --seed 7 --complaints 3000 --kills 15 --out build/chaos.json`

Exit code 0: nothing lost, doubled or unexplained, and as many kills met unsettled work as were asked for.
The folder `chaos` beside `chaos.json` holds what was handed in, said and killed, and every process's log; where
something was found, the stores of broker and database too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from lapor_chassis.clock import monotonic
from lapor_deploy.errors import LaporError

from tests.chaos.plan import Plan, plan
from tests.chaos.progress import say
from tests.chaos.run import Run
from tests.chaos.world import world_in

# What is not worth its space where nothing was found.
STORES = ("kafka", "postgres", "mail")


def main() -> int:
    arguments = _arguments()
    _prepare()
    out: Path = arguments.out.resolve()
    folder = out.with_suffix("")
    shutil.rmtree(folder, ignore_errors=True)
    out.unlink(missing_ok=True)
    made, began = plan(arguments.seed, arguments.complaints, arguments.kills), monotonic()
    try:
        with world_in(folder) as world:
            starting = monotonic() - began
            say(f"all started after {starting:.0f} s; logs in {world.logs}")
            run = Run(world, made)
            reckoning = asyncio.run(run.play())
    except LaporError as error:
        say(f"{error}; logs in {folder / 'data' / 'log'}")
        return 1
    except KeyboardInterrupt:
        say(f"interrupted; what there is lies in {folder}")
        return 130
    asked = {"complaints": len(made.complaints), "kills": len(made.kills)}
    phases = {"starting": round(starting, 1), **run.phases}
    result = {"seed": made.seed, "asked": asked, **reckoning.as_json(), "stuck": run.stuck, "seconds": phases}
    result["ok"] = bool(result["ok"] and not run.stuck and result["kills"] >= len(made.kills))
    out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _ending(result, made, folder, out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--complaints", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path("build/chaos.json"))
    return parser.parse_args()


def _prepare() -> None:
    for name in [name for name in os.environ if name.startswith("LAPOR_") and name != "LAPOR_CACHE"]:
        del os.environ[name]  # a given broker must not be killed
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)  # outages are what a run is about
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ending(result: dict[str, Any], made: Plan, folder: Path, out: Path) -> int:
    ok = result["ok"]
    shown = ", ".join(f"{name} {value}" for name, value in result.items() if type(value) is int)
    say(f"{'nothing lost, nothing twice' if ok else 'NOT AS IT SHOULD BE'}: {shown}; {result['seconds']} s")
    say(f"{out}, logs in {folder / 'data' / 'log'}")
    if ok:
        for store in STORES:
            shutil.rmtree(folder / "data" / store, ignore_errors=True)
        return 0
    if result["kills"] < len(made.kills):
        say(f"only {result['kills']} kills of {len(made.kills)} met unsettled work: see {folder / 'kills.jsonl'}")
    for line in result["stuck"]:
        say(f"not quiet: {line}")
    say(f"look at the details in {out}, and at handed, said, kills and exits.jsonl in {folder}")
    say(f"the same plan again: make chaos SEED={made.seed} COMPLAINTS={len(made.complaints)} KILLS={len(made.kills)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
