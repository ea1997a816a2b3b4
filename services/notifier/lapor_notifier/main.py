"""The one place of wiring: used by the process and by tests."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lapor_chassis.application import Application
from lapor_chassis.clock import DomainClock
from lapor_chassis.definition import ServiceDefinition
from lapor_chassis.settings import load

from lapor_notifier import postgres
from lapor_notifier.contact import Opener
from lapor_notifier.domain.policy import SendingPolicy
from lapor_notifier.domain.state import NotifierState
from lapor_notifier.handlers import HANDLERS
from lapor_notifier.housekeeping import coming_days, keep_house
from lapor_notifier.preparing import Preparer
from lapor_notifier.register import Register
from lapor_notifier.sender import Sender
from lapor_notifier.settings import NotifierSettings
from lapor_notifier.smtp import Connection, Connections
from lapor_notifier.telemetry import NotifierMetrics

NAME = "notifier"
LANE = "sender"
MIGRATIONS = Path(__file__).parent / "migrations"
TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Parts:
    """What tests may look at beside the application."""

    register: Register
    sender: Sender
    connections: Connections


def load_texts() -> dict[str, str]:
    """Every template by its name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(TEXTS.glob("*.txt"))}


def build(
    settings: NotifierSettings,
    *,
    clock: DomainClock | None = None,
    policy: SendingPolicy | None = None,
    chance: Callable[[], float] = random.random,
) -> Application[NotifierState]:
    return assemble(settings, clock=clock, policy=policy, chance=chance)[0]


def assemble(
    settings: NotifierSettings,
    *,
    clock: DomainClock | None = None,
    policy: SendingPolicy | None = None,
    chance: Callable[[], float] = random.random,
) -> tuple[Application[NotifierState], Parts]:
    policy = policy or SendingPolicy()
    definition = ServiceDefinition(
        name=NAME, state=NotifierState, handlers=HANDLERS, migrations=MIGRATIONS, lanes=(LANE,)
    )
    app = Application(definition, settings, clock=clock)
    metrics = NotifierMetrics(app.metrics.registry)
    register = Register(settings)
    connections = Connections(
        [Connection(settings.smtp_url, settings.mail_from, policy.time_out) for _ in range(settings.smtp_connections)]
    )
    preparer = Preparer(
        settings, register, Opener.load(settings.contact_key_file), load_texts(), metrics,
        retry=policy.retry, now=app.clock.now, chance=chance,
    )  # fmt: skip
    sender = Sender(
        pool=lambda: app.pool, lane=lambda: app.lane(LANE), owner=f"{NAME}-{settings.instance}",
        ready=register.caught_up, preparer=preparer, connections=connections, policy=policy, metrics=metrics,
    )  # fmt: skip
    _wire(app, settings, register, sender, metrics)
    return app, Parts(register, sender, connections)


def _wire(
    app: Application[NotifierState],
    settings: NotifierSettings,
    register: Register,
    sender: Sender,
    metrics: NotifierMetrics,
) -> None:
    app.on_started.append(lambda: postgres.make_days(app.pool, coming_days()))
    app.background(register.read, "register")
    app.background(sender.run, "sender")
    app.background(lambda: keep_house(lambda: app.pool, metrics, settings.keep_days), "deliveries' housekeeping")
    app.health.ready["register"] = lambda: None if register.caught_up.is_set() else "reads the register"


def main() -> None:
    build(load(NotifierSettings)).run()
