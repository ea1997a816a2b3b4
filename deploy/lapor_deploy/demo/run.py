"""Runs the three stories on a stack of their own, and says whether everything that had to come has come."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

from lapor_chassis.clock import DomainClock, wall_now
from rich.console import Console

from lapor_deploy.demo.cast import Cast, next_evening
from lapor_deploy.demo.report import ending, ordered, timeline
from lapor_deploy.demo.stories import STORIES, Told
from lapor_deploy.running import down, up
from lapor_deploy.stack import Stack
from lapor_deploy.verification import Report, verify
from lapor_deploy.wiring import PARTS
from lapor_deploy.words import local

# A Wednesday, after work; the month has no holiday. In the evening, because what is handed in after 16.00 counts from
# the next day: a slow machine has until then, more than two seconds, to assign it, and counts the same days.
START = datetime.fromisoformat("2023-10-04T17:00:00+08:00")
SPEED = 36_000.0  # ten hours a second
STARTING_SECONDS = 12.0  # about when the stack is up: then the story begins


def clock_for_now() -> DomainClock:
    return DomainClock(START, wall_now() + timedelta(seconds=STARTING_SECONDS), SPEED)


def demo(data: Path, console: Console, *, keep: bool = False) -> int:
    """Exit code: 0 where every expected event was read and the check found nothing."""
    down(data, console)
    shutil.rmtree(data, ignore_errors=True)
    clock = clock_for_now()
    # In a usual interval between two looks at the timers two and a half hours of the story would pass.
    os.environ.setdefault("LAPOR_TIMER_INTERVAL_SECONDS", "0.05")
    # It is told anew each time: nothing of it has to outlive a power failure.
    stack = Stack.create(data, str(clock), durable=False)
    stays = False
    try:
        if not up(stack, PARTS, console, detach=True):
            return 1
        missing, report, reads = asyncio.run(tell(stack, clock, console))
        stays = keep
    finally:
        if not stays:
            down(data, console)
    ending(console, report, _alert_mail(stack.mail_dir), data, missing)
    if stays:
        console.print(f"it runs on:   lapor follow <tracking id> --data {data}", soft_wrap=True)
        console.print(f"until:        lapor down --data {data}", soft_wrap=True)
    result = {"missing": missing, "verify": asdict(report), "order": reads}
    (data / "demo.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 1 if missing or report.problems or _alert_mail(stack.mail_dir) is None else 0


async def tell(stack: Stack, clock: DomainClock, console: Console) -> tuple[list[str], Report, list[list[str]]]:
    """All stories at once, printed one after the other; what was missing, the check, each story's order."""
    cast = Cast(stack, clock)
    async with AsyncExitStack() as exits, asyncio.TaskGroup() as tasks:
        reading = await cast.open(exits, tasks)
        await cast.until(next_evening(max(clock.now(), START)))
        told = [tasks.create_task(_one(story, cast)) for story in STORIES]
        ticking = tasks.create_task(_tick(cast, console, told))
        await asyncio.wait(told)
        await ticking
        for task in reading:
            task.cancel()
    stories = [task.result() for task in told]
    reads = [list(filter(story.holds, cast.core.of(story.complaint))) for story in stories]
    for story, read in zip(stories, reads, strict=True):
        timeline(console, story, read)
    with console.status("checking every number and every tally"):
        report = await verify(stack, everything=True)
    order = [[f"{r.topic} {r.envelope.number} {r.name}" for r in ordered(read)] for read in reads]
    return [what for story in stories for what in story.missing], report, order


async def _one(story: object, cast: Cast) -> Told:
    told: Told = await story(cast)  # type: ignore[operator]
    return told


async def _tick(cast: Cast, console: Console, told: list[asyncio.Task[Told]]) -> None:
    with console.status("") as status:
        while not all(task.done() for task in told):
            open_ones = sum(not task.done() for task in told)
            status.update(f"[bold]{local(cast.clock.now())}[/bold]  {open_ones} of {len(told)} stories go on")
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(asyncio.wait(told)), 0.2)


def _alert_mail(folder: Path) -> Path | None:
    """The mail to the Ombudsman's office that carries the proof."""
    for path in sorted(folder.glob("*.eml")):
        message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
        body = message.get_body(("plain",))
        if "ombudsman" in str(message["To"]) and body is not None and "lapor.escalations" in body.get_content():
            return path
    return None
