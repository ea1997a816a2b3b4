"""What speaks for a place, in lines that an officer reads: Indonesian / English, at most 200 characters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lapor_router.domain.places.gazetteer import PROVINCE_BELOW
from lapor_router.domain.places.mentions import Mention

LINE: Final = 200
SHOWN: Final = 4
_LEVEL_WORD: Final = {
    "P": "provinsi",
    "K": "kabupaten",
    "C": "kota",
    "D": "kecamatan",
    "V": "desa/kelurahan",
    "H": "kampung/dusun",
}


def words_line(mentions: Iterable[Mention], place: int, from_channel: bool) -> tuple[str, ...]:
    """`place`: number of the regency or province that was decided, 0 where none was."""
    if from_channel:
        return ("Diketahui dari kanal laporan / known from the channel",)
    speaking: list[str] = []
    against: list[str] = []
    for mention in sorted(mentions, key=lambda one: -one.sure):
        (speaking if not place or _means(mention, place) else against).append(_shown(mention))
    lines = []
    if speaking:
        lines.append(line("Nama tempat dalam laporan / places named", speaking))
    if against and place:
        lines.append(line("Juga disebut, tidak menentukan / named too, not decisive", against))
    return tuple(lines)


def line(what: str, names: Iterable[str]) -> str:
    text = f"{what}: {', '.join(list(names)[:SHOWN])}"
    return text if len(text) <= LINE else text[: LINE - 1] + "…"


def _means(mention: Mention, place: int) -> bool:
    if place < PROVINCE_BELOW:
        return any(regency // 100 == place for regency, _ in mention.witness.shares)
    return any(regency == place for regency, _ in mention.witness.shares)


def _shown(mention: Mention) -> str:
    word = _LEVEL_WORD.get(mention.mark)
    return f"{word} {mention.name}" if word else mention.name
