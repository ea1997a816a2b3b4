"""Who takes part: seven hundred agencies in three zones, prompt ones, slow ones and silent ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from lapor_contracts.base import Agency, Zone

CENTRAL = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
EASTERN = frozenset({"81", "82", "91", "92"})
PROVINCES = (
    "11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "31", "32", "33", "34", "35", "36", "51", "52", "53",
    "61", "62", "63", "64", "65", "71", "72", "73", "74", "75", "76", "81", "82", "91", "92",
)  # fmt: skip
KINDS = ("pupr", "dlh", "dishub", "dinkes")
Manner = Literal["prompt", "slow", "silent"]


@dataclass(frozen=True)
class Office:
    """An agency, and how it goes about complaints."""

    number: int

    @property
    def manner(self) -> Manner:
        return "prompt" if self.number % 10 < 6 else "slow" if self.number % 10 < 9 else "silent"

    @property
    def area(self) -> str:
        return f"{self._province}.{1 + self.number // len(PROVINCES):02d}"

    @cached_property
    def agency(self) -> Agency:
        regency = self.area.replace(".", "")
        kind = KINDS[self.number % len(KINDS)]
        return Agency(
            code=f"{regency}-{kind}", name=f"Dinas {kind} {regency}", zone=self._zone,
            superior=f"{regency}-inspektorat", ombudsman_office=f"ombudsman-{self._province}",
        )  # fmt: skip

    @property
    def _province(self) -> str:
        return PROVINCES[self.number % len(PROVINCES)]

    @property
    def _zone(self) -> Zone:
        return "WITA" if self._province in CENTRAL else "WIT" if self._province in EASTERN else "WIB"


def offices(count: int) -> tuple[Office, ...]:
    return tuple(Office(number) for number in range(count))
