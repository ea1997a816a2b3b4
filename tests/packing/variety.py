"""What differs between real states and is alike in made-up ones: titles, agencies, the ids of events."""

from __future__ import annotations

import csv
import random
import re
from functools import cache
from pathlib import Path

MADE_UP = Path(__file__).parents[1] / "made_up"
_EVENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TITLE = re.compile(r"Keadaan fasilitas umum \d+")
_AGENCY = re.compile(r"Dinas [a-z]+ \d{4}")
_MONTH_MS = 30 * 86_400_000
_YEARS_MS = (1_640_000_000_000, 1_900_000_000_000)


def as_real(state: str, number: int) -> str:
    """The JSON of a state, its title and agencies as people and governments write them, and event ids of many days."""
    chance = random.Random(number)  # noqa: S311 - text that looks like any
    titles, agencies = _written()
    title = chance.choice(titles).replace("\\", "").replace('"', "'")
    named: dict[str, str] = {}
    began = chance.randrange(*_YEARS_MS)
    state = _TITLE.sub(lambda _: title, state)
    state = _AGENCY.sub(lambda found: named.setdefault(found[0], chance.choice(agencies)), state)
    return _EVENT_ID.sub(lambda _: _event_id(began + chance.randrange(_MONTH_MS), chance), state)


def _event_id(ms: int, chance: random.Random) -> str:
    digits = f"{ms:012x}7{chance.getrandbits(12):03x}{8 + chance.getrandbits(2):x}{chance.getrandbits(60):015x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@cache
def _written() -> tuple[list[str], list[str]]:
    """Titles and agencies of the made-up complaints."""
    rows = []
    for path in sorted(MADE_UP.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += list(csv.DictReader(file))
    return [row["judul"] for row in rows], [row["instansi"].replace('"', "'") for row in rows]
