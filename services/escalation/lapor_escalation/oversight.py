"""Once a day of the domain's clock: which agencies are chronically silent, for the President's oversight.

Each outcome is a row that is only appended, in the transaction of the batch that decided it, so no row of an agency is
hot. The first instance that comes to a new day adds what is there to the days of each agency, judges the window, and
writes its events, all in one transaction that notes the day: once, whoever is killed when.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Final

from lapor_chassis.application import Application
from lapor_chassis.batch import Batch
from lapor_chassis.errors import is_transient
from lapor_chassis.logging import get_logger

from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.standing import Outcome, Standing, judge
from lapor_escalation.domain.state import Escalation
from lapor_escalation.domain.zones import DEFAULT_ZONE, OFFSETS

TOPIC: Final = "lapor.oversight.agencies"
LANE: Final = "oversight"
# After midnight the last batches of the day may still be on their way; what comes later yet counts a day later.
AFTER_MIDNIGHT: Final = timedelta(minutes=30)
KEPT_DAYS: Final = 400
OUTCOME: Final = "insert into agency_outcome (agency, day, met, missed) values ($1, $2, $3, $4)"
log = get_logger("lapor.oversight")

_BEGUN = "insert into judged_day (day) values ($1) on conflict do nothing returning day"
_ADDED = """with moved as (delete from agency_outcome where day < $1 returning *)
  insert into agency_day (agency, day, met, missed)
  select agency, day, sum(met), sum(missed) from moved group by agency, day
  on conflict (agency, day) do update
    set met = agency_day.met + excluded.met, missed = agency_day.missed + excluded.missed"""
_ACCOUNTS = """select agency, sum(met)::bigint as met, sum(missed)::bigint as missed from agency_day
  where day >= $1 and day < $2 group by agency"""
_TOLD = """insert into agency_standing (agency, number, chronic, since, told_on) values ($1, $2, $3, $4, $5)
  on conflict (agency) do update set number = excluded.number, chronic = excluded.chronic, since = excluded.since,
    told_on = excluded.told_on"""


def noted(batch: Batch[Escalation], outcome: Outcome) -> None:
    """In the transaction of the batch."""
    batch.defer(OUTCOME, outcome.agency, day_of(batch.now), outcome.met, outcome.missed)


def day_of(now: datetime) -> date:
    """The oversight's day, in the capital's zone."""
    return now.astimezone(OFFSETS[DEFAULT_ZONE]).date()


async def keep(app: Application[Escalation], rules: Rules, every: float) -> None:
    """For ever. `every`: seconds between two looks at the day."""
    judged: date | None = None
    while True:
        day = day_of(app.clock.now() - AFTER_MIDNIGHT)
        if day != judged:
            try:
                await judge_day(app, rules, day)
                judged = day
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("the oversight waits", error=type(error).__name__)
        await asyncio.sleep(every)


async def judge_day(app: Application[Escalation], rules: Rules, day: date) -> int:
    """How many agencies something was told of; 0 where another instance has judged the day."""
    rule = rules.policy.chronic
    async with app.lane(LANE).batch() as batch:
        if await batch.conn.fetchval(_BEGUN, day) is None:
            return 0
        await batch.conn.execute(_ADDED, day)
        rows = await batch.conn.fetch(_ACCOUNTS, day - timedelta(days=rule.window_days), day)
        accounts = {row["agency"]: (int(row["met"]), int(row["missed"])) for row in rows}
        known = {
            row["agency"]: Standing(row["number"], row["chronic"], row["since"], row["told_on"])
            for row in await batch.conn.fetch("select * from agency_standing")
        }
        told = list(judge(accounts, known, rule, day))
        for standing, event in told:
            batch.emit(TOPIC, event.agency, event, number=standing.number)
            batch.defer(_TOLD, event.agency, standing.number, standing.chronic, standing.since, standing.told_on)
        for table in ("agency_day", "judged_day"):
            await batch.conn.execute(f"delete from {table} where day < $1", day - timedelta(days=KEPT_DAYS))  # noqa: S608
    if told:
        log.info("chronic silence", day=str(day), agencies=len(told))
    return len(told)
