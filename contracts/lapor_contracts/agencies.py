"""lapor.agencies, written by the router: the register of agencies. Compacted; the highest number wins."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from lapor_contracts.base import AreaCode, Code, Event, Line, Value, Zone

Level = Literal["centre", "province", "regency", "vertical", "state_company", "inspectorate", "ombudsman"]


class FormerName(Value):
    """What an agency was called from `valid_from` to before `valid_to`."""

    name: Line
    valid_from: date
    valid_to: date


class AgencyEntry(Event):
    """An agency as it is now. Dates are inclusive from, exclusive to; `left_on` None: still a member.

    `kind`: what it does (pupr, dlh, ...), the same word as in the authority matrix.
    `area`: what it is responsible for; None for the whole country. `successor`: who has its open complaints
    after it left. `former_names`: the oldest first.
    """

    type: ClassVar[str] = "id.lapor.agencies.entry.v1"

    code: Code
    name: Line
    level: Level
    kind: Code
    area: AreaCode | None
    zone: Zone
    email: Line
    superior: Code | None = None
    ombudsman_office: Code | None = None
    joined_on: date
    left_on: date | None = None
    successor: Code | None = None
    former_names: tuple[FormerName, ...] = ()
