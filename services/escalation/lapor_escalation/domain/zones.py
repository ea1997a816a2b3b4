"""The three time zones (Keppres 41/1987), and which province lies in which."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Final

from lapor_contracts.base import Zone

OFFSETS: Final[dict[Zone, timezone]] = {
    "WIB": timezone(timedelta(hours=7), "WIB"),
    "WITA": timezone(timedelta(hours=8), "WITA"),
    "WIT": timezone(timedelta(hours=9), "WIT"),
}

DEFAULT_ZONE: Final[Zone] = "WIB"

# First two digits of Kemendagri's area codes; all other provinces are in WIB.
_PROVINCES: Final[dict[Zone, frozenset[str]]] = {
    "WITA": frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"}),
    "WIT": frozenset({"81", "82", "91", "92", "93", "94", "95", "96"}),
}


def province_of(area_code: str | None) -> str | None:
    return area_code[:2] if area_code else None


def zone_of(area_code: str | None) -> Zone:
    """The zone of a place; WIB where it is not known."""
    province = province_of(area_code)
    for zone, provinces in _PROVINCES.items():
        if province in provinces:
            return zone
    return DEFAULT_ZONE
