"""Who is told where no agency says it: by province the admin of SP4N-LAPOR! and the Ombudsman's office.

Codes of the register of agencies. A province's admin is its communication office; the four provinces that were
split off from Papua and Papua Barat in 2022 have no office of the Ombudsman yet: their mother province's is theirs.
"""

from __future__ import annotations

from typing import Final

from lapor_escalation.domain.zones import province_of

# The 38 provinces by Kemendagri's codes (Kepmendagri 300.2.2-2138/2025).
PROVINCES: Final[tuple[str, ...]] = (
    "11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "31", "32", "33", "34", "35", "36", "51", "52", "53",
    "61", "62", "63", "64", "65", "71", "72", "73", "74", "75", "76", "81", "82", "91", "92", "93", "94", "95", "96",
)  # fmt: skip
_MOTHERS: Final = {"93": "91", "94": "91", "95": "91", "96": "92"}

PROVINCE_ADMINS: Final[dict[str, str]] = {province: f"{province}-diskominfo" for province in PROVINCES}
NATIONAL_ADMIN: Final = "panrb"  # Kementerian PANRB steers SP4N-LAPOR! (Perpres 76/2013)
OMBUDSMAN_OFFICES: Final[dict[str, str]] = {p: f"ombudsman-{_MOTHERS.get(p, p)}" for p in PROVINCES}
NATIONAL_OMBUDSMAN: Final = "ombudsman-ri"


def admin_of(area_code: str | None) -> str:
    """Whom the steps of the citizen's clock are told."""
    return PROVINCE_ADMINS.get(province_of(area_code) or "", NATIONAL_ADMIN)


def office_at(area_code: str | None) -> str:
    return OMBUDSMAN_OFFICES.get(province_of(area_code) or "", NATIONAL_OMBUDSMAN)


def place_of(agency: str) -> str | None:
    """A regional agency's area from its code: `6407-pupr` is in 64.07, `64-dlh` in 64; None for one of the centre."""
    area = agency.partition("-")[0]
    return area if area.isdigit() and area[:2] in OMBUDSMAN_OFFICES else None
