"""The one place of wiring."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from lapor_chassis import settings as chassis_settings
from lapor_chassis.application import Application
from lapor_chassis.batch import Batch
from lapor_chassis.clock import DomainClock
from lapor_chassis.definition import ServiceDefinition
from lapor_chassis.edge import EdgeMessage
from lapor_chassis.errors import is_transient
from lapor_chassis.logging import get_logger

from lapor_escalation import handlers
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.state import Escalation
from lapor_escalation.settings import EscalationSettings, rules_of

NAME = "escalation"
RECOUNT = "recount"
RECOUNT_AT_ONCE = 200
log = get_logger("lapor.escalation")

_COUNTED_OTHERWISE = """select s.id from subject s join timer t on t.subject = s.id
  where s.parked_at is null and s.state->>'calendar' <> $1 limit $2"""


def build(settings: EscalationSettings | None = None, *, clock: DomainClock | None = None) -> Application[Escalation]:
    settings = settings or chassis_settings.load(EscalationSettings)
    rules = rules_of(settings.calendar_overrides, settings.escalation_policy)

    async def on_edge(batch: Batch[Any], messages: list[EdgeMessage]) -> None:
        await app.apply_edge(batch, messages)

    app: Application[Escalation] = Application(
        ServiceDefinition(
            name=NAME,
            state=Escalation,
            handlers=handlers.bound(handlers.HANDLERS, rules),
            edge_handlers=handlers.bound(handlers.EDGE_HANDLERS, rules),
            on_timer=partial(handlers.on_timer, rules),
            on_edge=on_edge,
            migrations=Path(__file__).parent / "migrations",
            lanes=(RECOUNT,),
        ),
        settings,
        clock=clock,
    )
    app.background(lambda: recount_all(app, rules), RECOUNT)
    return app


async def recount_all(app: Application[Escalation], rules: Rules) -> None:
    """After a change of the calendar: every open complaint is counted again, some hundred at a time."""
    recounted = 0
    while True:
        try:
            found = await _recount_some(app, rules)
        except Exception as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(1)
            continue
        if not found:
            break
        recounted += found
    if recounted:
        log.info("counted again", complaints=recounted, calendar=rules.calendar.version)


async def _recount_some(app: Application[Escalation], rules: Rules) -> int:
    rows = await app.pool.fetch(_COUNTED_OTHERWISE, rules.calendar.version, RECOUNT_AT_ONCE)
    if rows:
        async with app.lane(RECOUNT).batch() as batch:
            subjects = await batch.load([row["id"] for row in rows], create=False)
            for subject in subjects.values():
                if not subject.parked:
                    handlers.on_calendar_changed(rules, batch.work(subject))
    return len(rows)
