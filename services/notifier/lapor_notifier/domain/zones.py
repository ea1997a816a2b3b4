"""Local times as people read them, and the zone of a place.

Zones: Keppres 41/1987, by Kemendagri's province codes, with the provinces that were split off since.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from lapor_contracts.base import Zone

OFFSETS: dict[Zone, timezone] = {
    "WIB": timezone(timedelta(hours=7), "WIB"),
    "WITA": timezone(timedelta(hours=8), "WITA"),
    "WIT": timezone(timedelta(hours=9), "WIT"),
}
WITA_PROVINCES = frozenset(
    ["51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"],
)
WIT_PROVINCES = frozenset(["81", "82", "91", "92", "93", "94", "95", "96", "97"])
DAYS_ID = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_ID = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone_of(area_code: str | None) -> Zone:
    """WIB where the place is unknown: the capital's zone."""
    province = (area_code or "")[:2]
    if province in WIT_PROVINCES:
        return "WIT"
    return "WITA" if province in WITA_PROVINCES else "WIB"


def local_id(at: datetime, zone: Zone) -> str:
    """`Rabu, 11 Oktober 2023, 16.00 WITA`."""
    local = at.astimezone(OFFSETS[zone])
    day = f"{DAYS_ID[local.weekday()]}, {local.day} {MONTHS_ID[local.month - 1]} {local.year}"
    return f"{day}, {local:%H.%M} {zone}"


def local_en(at: datetime, zone: Zone) -> str:
    """`Wed 11 Oct 2023, 16:00 WITA`."""
    local = at.astimezone(OFFSETS[zone])
    day = f"{DAYS_EN[local.weekday()]} {local.day} {MONTHS_EN[local.month - 1]} {local.year}"
    return f"{day}, {local:%H:%M} {zone}"
