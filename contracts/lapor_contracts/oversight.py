"""lapor.oversight.agencies, written by escalation: which agencies are chronically silent. Compacted; the highest number
of an agency wins."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from lapor_contracts.base import Code, Event


class ChronicSilence(Event):
    """An agency misses so many of its limits that it is a matter of its own, or (`chronic` false) no longer does.

    Counted: the agency's limits (first response, completion) that ended from `window_from` to `window_through`, both
    inclusive. It is chronic where at least `minimum` were counted and `share_percent` or more of them were missed.
    `since`: the day on which it began. Told when it begins, after each further window that it lasts, and at its end.
    """

    type: ClassVar[str] = "id.lapor.oversight.chronic-silence.v1"

    agency: Code
    chronic: bool
    since: date
    window_from: date
    window_through: date
    counted: int
    missed: int
    minimum: int
    share_percent: int
