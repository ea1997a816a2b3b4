"""The one place of wiring."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

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

# Compared as text: `->>` reads the whole document, and dies of a \u0000 in anybody's title. A quote inside of a
# text is escaped, so only the field itself looks like this.
_COUNTED_OTHERWISE = """select s.id from subject s join timer t on t.subject = s.id
  where s.parked_at is null and s.id > $1 and position($2 in s.state::text) = 0 order by s.id limit $3"""
_FIRST = UUID(int=0)


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
    recounted, last = 0, _FIRST
    while True:
        try:
            found = await _recount_some(app, rules, last)
        except Exception as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(1)
            continue
        if not found:
            break
        recounted, last = recounted + len(found), found[-1]
    if recounted:
        log.info("counted again", complaints=recounted, calendar=rules.calendar.version)


async def _recount_some(app: Application[Escalation], rules: Rules, after: UUID) -> list[UUID]:
    """The next ones by id."""
    counted = f'"calendar":{json.dumps(rules.calendar.version, ensure_ascii=False)}'
    found = [row["id"] for row in await app.pool.fetch(_COUNTED_OTHERWISE, after, counted, RECOUNT_AT_ONCE)]
    if found:
        async with app.lane(RECOUNT).batch() as batch:
            subjects = await batch.load(found, create=False)
            for subject in subjects.values():
                if not subject.parked:
                    handlers.on_calendar_changed(rules, batch.work(subject))
    return found
