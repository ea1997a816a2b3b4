"""What runs beside the work: days of delivery rows made and dropped, the age of what is due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta

from lapor_chassis.clock import wall_now
from lapor_chassis.db import Pool
from lapor_chassis.errors import is_transient
from lapor_chassis.logging import get_logger

from lapor_notifier import postgres
from lapor_notifier.telemetry import NotifierMetrics

DAYS_AHEAD = 2
LOOK_SECONDS = 5.0
HOUSE_SECONDS = 3600.0
log = get_logger("lapor.notifier")


def coming_days() -> list[date]:
    today = wall_now().date()
    return [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]


async def keep_house(pool: Callable[[], Pool], metrics: NotifierMetrics, keep_days: int) -> None:
    """For ever; an outage, or a table that is locked, is for the next time."""
    looks = 0
    while True:
        try:
            metrics.oldest.set(await postgres.waiting_seconds(pool()))
            if looks % int(HOUSE_SECONDS / LOOK_SECONDS) == 0:
                await postgres.make_days(pool(), coming_days())
                for name in await postgres.drop_days(pool(), wall_now().date() - timedelta(days=keep_days)):
                    log.info("old deliveries dropped", table=name)
            looks += 1
        except Exception as error:
            if not (is_transient(error) or postgres.is_locked(error)):
                raise
            log.warning("housekeeping waits", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
