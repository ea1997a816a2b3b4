"""What the processes of a stack have used, as the kernel counts it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from lapor_deploy.embedded.program import running_pids

MEGABYTE = 1_000_000


def programs(data: Path) -> dict[str, int]:
    """Name -> process id of everything that was started from this data folder: services, broker, database, ..."""
    return running_pids(data / "run")


def tree(pid: int) -> list[psutil.Process]:
    """The process and all that descend from it and live."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pid: int) -> float:
    """Used so far by the process and its children, also by those that have ended (user and system)."""
    used = 0.0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system + times.children_user + times.children_system
    return used


def rss_megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / MEGABYTE


def pss_megabytes(pids: Iterable[int]) -> float:
    """Of the processes and all their children; what several share is counted once, a share to each."""
    found = {process.pid: process for pid in pids for process in tree(pid)}
    total = 0
    for process in found.values():
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / MEGABYTE
