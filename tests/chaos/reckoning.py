"""The reckoning of an outside reader: from the topics and the mail files alone, against what was handed in and said.

`reckon` reads a stack that still runs and has become quiet: what it says after the moment of the reckoning is left out,
so of what was said just before it the effects may be missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from lapor_chassis.clock import DomainClock, wall_now
from lapor_contracts import notifications
from lapor_contracts.catalogue import topic as topic_of
from lapor_deploy.ledger import Ledger, gap_lines
from lapor_deploy.stack import Stack
from lapor_deploy.verification import verify
from lapor_escalation import policy_file
from lapor_escalation.domain.policy import Policy

from tests.chaos import outlets
from tests.chaos.answers import Answers
from tests.chaos.chain import Chain
from tests.chaos.days import Days
from tests.chaos.mails import Mail, Mails, read_mails
from tests.chaos.records import Run, World, read_world
from tests.chaos.replay import Timers, replay
from tests.chaos.replies import Replies
from tests.chaos.report import Reckoning

POLICY_FILE = "escalation.toml"
# What was due by the moment of the reckoning has this long to be sent, published and mailed.
PATIENCE = timedelta(seconds=15)
# How long escalation may take from looking for due steps to the transaction that sends them, on the wall's clock.
SLACK = timedelta(seconds=1)


@dataclass(frozen=True)
class Evidence:
    """Everything there is. `now`: what was due by then has to be there. `speed`: domain seconds in a wall second."""

    run: Run
    world: World
    mails: Sequence[Mail]
    now: datetime
    limits: Policy
    speed: float = 1.0


async def reckon(stack: Stack, folder: Path, clock: DomainClock) -> Reckoning:
    """`folder`: of the run, with its journal and escalation's limits, where they are its own. Raises LaporError."""
    began, now = wall_now(), clock.now()
    report = await verify(stack, everything=True)
    await asyncio.sleep(max(0.0, (began + PATIENCE - wall_now()).total_seconds()))
    world = await read_world(stack, clock)
    mails = await asyncio.to_thread(read_mails, stack.mail_dir)
    evidence = Evidence(Run.load(folder), world, mails, now, limits_of(stack, folder), clock.speed)
    reckoning = await asyncio.to_thread(judge, evidence)
    found = set(reckoning.found["lost"]) | set(reckoning.found["duplicated"])
    for problem in report.problems:
        if problem not in found and " twice, for different events" not in problem:
            reckoning.found["unexplained" if problem.endswith("an event") else "lost"].append(problem)
    reckoning.checked["verified events"], reckoning.checked["verified tallies"] = report.events, report.tallies
    reckoning.checked["repeats on the topics"] = report.repeats
    return reckoning


def limits_of(stack: Stack, folder: Path) -> Policy:
    given = stack.settings().get("LAPOR_ESCALATION_POLICY")
    path = folder / POLICY_FILE if (folder / POLICY_FILE).exists() else Path(given) if given else None
    return policy_file.read(path) if path else Policy()


def judge(evidence: Evidence) -> Reckoning:
    """Nothing is read here."""
    reckoning = Reckoning(kills=sum(bool(kill.get("counts")) for kill in evidence.run.kills))
    world = evidence.world.until(evidence.now)
    _numbers(evidence.world, reckoning)
    answers = Answers(evidence.run, evidence.world, reckoning)
    answers.judge()
    replies = Replies(evidence.run, evidence.world, reckoning, evidence.now)
    replies.judge()
    answers.dead_letters(replies.refused)
    _clocks(evidence, world, reckoning)
    later = _deliveries(evidence.world) - _deliveries(world)
    Mails(world, evidence.mails, answers.emails, reckoning, evidence.run.kills, later).judge()
    return reckoning


def _numbers(world: World, reckoning: Reckoning) -> None:
    """Every number once, none left out."""
    ledger = Ledger(now=wall_now())
    for one in world.seen:
        if topic_of(one.topic).has_numbers and topic_of(one.topic).kind != "register":
            ledger.add(one)
    for line in gap_lines(ledger.missing()[0]):
        reckoning.found["lost"].append(line)
    for problem in ledger.problems:
        reckoning.found["duplicated" if " twice, " in problem else "unexplained"].append(problem)
    for topic, partition, offset in world.unreadable:
        if topic_of(topic).kind != "edge":
            reckoning.add("unexplained", f"{topic}[{partition}]@{offset}", "no headers of an event")


def _clocks(evidence: Evidence, world: World, reckoning: Reckoning) -> None:
    days, timers = Days(), Timers()
    for life in world.lives.values():
        Chain(life, reckoning).judge(evidence.now)
        outlets.judge(life, set(world.addresses), reckoning)
        replay(life, evidence.limits, days, evidence.now, reckoning, timers)
    timers.judge(reckoning, SLACK * evidence.speed)


def _deliveries(world: World) -> frozenset[str]:
    queued = (s.event for s in world.by_topic.get("lapor.notifications", ()))
    return frozenset(str(e.delivery) for e in queued if isinstance(e, notifications.Queued))
