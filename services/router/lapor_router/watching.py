"""The data files while the router runs: changed ones are taken, and where they are wrong the last good ones stay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from lapor_chassis.logging import get_logger

from lapor_router.boundaries import BadBoundaries
from lapor_router.domain.reading import ReportReader
from lapor_router.domain.rules import Rules
from lapor_router.loading import BadData

Load = Callable[[Path], tuple[Rules, ReportReader]]
Use = Callable[[Rules, ReportReader], None]
Signature = tuple[tuple[str, int, int, int], ...]
log = get_logger("lapor.router.data")


class DataFiles:
    """All CSV files of one folder."""

    def __init__(self, folder: Path, load: Load) -> None:
        """`load` raises BadData or BadBoundaries where a file is wrong."""
        self._folder = folder
        self._load = load
        self._taken = self._seen = signature(folder)  # before they are loaded: a change meanwhile is seen

    def load(self) -> tuple[Rules, ReportReader]:
        """Raises what `load` raises."""
        return self._load(self._folder)

    async def keep_loaded(self, use: Use, seconds: float) -> None:
        """For ever: looks every `seconds`."""
        while True:
            await asyncio.sleep(seconds)
            await self.look(use)

    async def look(self, use: Use) -> None:
        """Takes what has changed once it has been the same for two looks: several files are not written at once."""
        before, self._seen = self._seen, await asyncio.to_thread(signature, self._folder)
        if self._seen == self._taken or self._seen != before:
            return
        self._taken = self._seen
        try:
            rules, reader = await asyncio.to_thread(self.load)
        except (BadData, BadBoundaries) as error:
            log.error("the data files are wrong and the last good ones stay", problem=str(error))
        except Exception as error:
            # Whatever an operator's file holds, complaints go on being routed.
            log.error("the data files cannot be read and the last good ones stay", error=type(error).__name__)
        else:
            use(rules, reader)
            log.info("the data files were taken", version=rules.matrix.version, agencies=len(rules.known))


def signature(folder: Path) -> Signature:
    """Changes when a file does; empty where there is no such folder."""
    found = []
    try:
        for path in sorted(folder.glob("*.csv")):
            told = path.stat()
            found.append((path.name, told.st_mtime_ns, told.st_size, told.st_ino))
    except FileNotFoundError:  # taken away while we looked; the next look tells
        return ()
    return tuple(found)
