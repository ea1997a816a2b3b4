"""A service as a process: from its start to the signal that ends it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from typing import TYPE_CHECKING, Any

import uvloop

from lapor_chassis import logging
from lapor_chassis.errors import LaneLost, is_transient

if TYPE_CHECKING:
    from lapor_chassis.application import Application

STOP_SECONDS = 4.5  # joining behind a dead member would take half a minute
EXIT_BUG = 1
EXIT_LANE_LOST = 4
# A batch makes some ten thousand objects that live as long as itself: the collector need not look through them
# again and again, nor through all that the start has made.
YOUNG_OBJECTS = 20_000
log = logging.get_logger("lapor.process")


def run(app: Application[Any]) -> None:
    """Until SIGTERM or SIGINT; exit code 1 after a bug, 4 where its lane was adopted."""
    logging.configure(app.definition.name, app.settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_run(app))
    os._exit(code) if code else None


async def _run(app: Application[Any]) -> int:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stop_soon)
    try:
        await app.start()
    except Exception as error:
        if not is_transient(error):
            raise
        log.critical("cannot start", error=type(error).__name__, reason=str(error)[:200])
        return EXIT_BUG
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)
    await app.until_stopped()
    log.info("stopping")
    loop.call_later(STOP_SECONDS, os._exit, 3)
    await app.stop()
    if app.failure is not None:
        return EXIT_LANE_LOST if isinstance(app.failure, LaneLost) else EXIT_BUG
    return 0
