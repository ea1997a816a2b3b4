"""The one place of wiring."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from lapor_chassis import settings as chassis_settings
from lapor_chassis.application import Application
from lapor_chassis.batch import Batch
from lapor_chassis.clock import DomainClock
from lapor_chassis.definition import ServiceDefinition
from lapor_chassis.edge import EdgeMessage

from lapor_escalation import handlers, oversight, packed, recount
from lapor_escalation.domain.state import Escalation
from lapor_escalation.settings import EscalationSettings, rules_of

NAME = "escalation"


def build(settings: EscalationSettings | None = None, *, clock: DomainClock | None = None) -> Application[Escalation]:
    settings = settings or chassis_settings.load(EscalationSettings)
    rules = rules_of(settings.calendar_overrides, settings.escalation_policy)

    async def on_edge(batch: Batch[Any], messages: list[EdgeMessage]) -> None:
        await app.apply_edge(batch, messages)

    app: Application[Escalation] = Application(
        ServiceDefinition(
            name=NAME,
            state=Escalation,
            packing=packed.packing(),
            handlers=handlers.bound(handlers.HANDLERS, rules),
            edge_handlers=handlers.bound(handlers.EDGE_HANDLERS, rules),
            on_timer=partial(handlers.on_timer, rules),
            on_edge=on_edge,
            migrations=Path(__file__).parent / "migrations",
            lanes=(*recount.LANES, oversight.LANE),
        ),
        settings,
        clock=clock,
    )
    again = recount.Recount(
        app, rules, settings.calendar_overrides, every=settings.calendar_seconds, at_once=settings.recount_at_once,
        pause=settings.recount_pause_ms / 1000,
    )  # fmt: skip
    app.background(again.run, "recount")
    app.background(again.watch, "calendar")
    app.background(lambda: oversight.keep(app, rules, settings.oversight_seconds), "oversight")
    return app
