"""The parts of a running stack: how each is started, and what tells that it is ready."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import httpx

from lapor_deploy.embedded.kafka import ADMIN, kafka_answers
from lapor_deploy.embedded.ports import LOOPBACK, accepts
from lapor_deploy.embedded.program import Program
from lapor_deploy.stack import Stack
from lapor_deploy.supervise import Supervisor


@dataclass(frozen=True)
class Parts:
    """What runs on the platform: `prepare` makes topics, access rules, users, keys; may be repeated.

    `welcome`, which may be repeated too, is what the services hear of by event: it is done while they start.
    """

    prepare: Callable[[Stack], None]
    services: Callable[[Stack], Sequence[Program]]
    welcome: Callable[[Stack], None] = lambda _: None


def platform_programs(stack: Stack) -> list[Program]:
    """The embedded programs in order of their start; writes their settings."""
    programs = []
    if stack.embeds_postgres:
        programs.append(stack.postgres_server().program())
    if stack.embeds_kafka:
        programs.append(stack.kafka_node().program())
    if stack.embeds_smtp:
        port, folder = str(stack.port("smtp")), str(stack.mail_dir)
        argv = [sys.executable, "-m", "lapor_deploy.mailbox", "--port", port, "--dir", folder]
        programs.append(Program("mailbox", argv))
    return programs


def platform_probes(stack: Stack) -> dict[str, Callable[[], bool]]:
    """By embedded program in order of its start: what tells that it is ready."""
    probes: dict[str, Callable[[], bool]] = {}
    if stack.embeds_postgres:
        probes["postgres"] = stack.postgres_server().ready
    if stack.embeds_kafka:
        probes["kafka"] = stack.kafka_node().ready
    if stack.embeds_smtp:
        probes["mailbox"] = partial(accepts, LOOPBACK, stack.port("smtp"))
    return probes


def unready(program: Program) -> str | None:
    """None when the program says that it is ready, else why not."""
    if program.health_url is None:
        return None
    try:
        answer = httpx.get(program.health_url, timeout=2.0, trust_env=False)
    except httpx.HTTPError as error:
        return f"does not answer ({type(error).__name__})"
    return None if answer.is_success else " ".join(answer.text.split())[:200]


@dataclass(frozen=True)
class PartStatus:
    """Of one program, for a person. `state` as supervisord says; `reason`: why it is not ready."""

    name: str
    state: str
    ready: bool
    reason: str
    log: str


def part_statuses(stack: Stack, parts: Parts) -> list[PartStatus]:
    """The given broker, if one is given, then every program of the stack in order of its start."""
    states = Supervisor(stack.data).states()
    ready: dict[str, Callable[[], str | None]] = {
        name: partial(_platform_unready, answers) for name, answers in platform_probes(stack).items()
    }
    ready |= {program.name: partial(unready, program) for program in parts.services(stack)}
    found = [] if stack.embeds_kafka else [_given_broker(stack)]
    for name, ask in ready.items():
        state = states.get(name)
        reason = ask() if state and state.state == "RUNNING" else "is not running"
        log = str(stack.data / "log" / f"{name}.log")
        found.append(PartStatus(name, state.state if state else "STOPPED", reason is None, reason or "", log))
    return found


def _given_broker(stack: Stack) -> PartStatus:
    """It runs elsewhere: all that can be told is whether it answers."""
    answers = kafka_answers(stack.kafka_client(ADMIN))
    reason = "" if answers else f"does not answer at {stack.bootstrap}, or not with these credentials"
    return PartStatus("kafka", "GIVEN", answers, reason, "")


def _platform_unready(answers: Callable[[], bool]) -> str | None:
    return None if answers() else "does not answer"
