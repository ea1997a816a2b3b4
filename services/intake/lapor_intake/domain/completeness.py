"""What a complaint must say before an agency can act on it. What is missing is asked for, never deleted."""

from __future__ import annotations

from itertools import islice

from lapor_contracts.base import Place
from lapor_contracts.complaints import Missing, ReportType

from lapor_intake.domain.policy import NARRATIVE_WORDS


def missing(report_type: ReportType, narrative: str, place: Place) -> tuple[Missing, ...]:
    """Empty: it is complete. A text of enough words may name the place itself: the router reads it there, and asks
    where it finds none. A wish or a question needs no place."""
    if says_enough(narrative):
        return ()
    somewhere = report_type != "complaint" or is_somewhere(place)
    return ("narrative",) if somewhere else ("narrative", "place")


def says_enough(narrative: str) -> bool:
    words = (word for word in narrative.split() if any(map(str.isalpha, word)))
    return len(list(islice(words, NARRATIVE_WORDS))) == NARRATIVE_WORDS


def is_somewhere(place: Place) -> bool:
    """A code, an address, or a whole pair of coordinates."""
    return bool(place.area_code or place.address or (place.latitude is not None and place.longitude is not None))
