"""What the evidence says: where it is, and what it is about; each with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lapor_router.domain.area import Area

WhereSource = Literal["code", "point", "words", "channel", "none"]
AboutSource = Literal["code", "words", "learned", "none"]


@dataclass(frozen=True, slots=True)
class Where:
    """`confidence`: the probability, 0 to 1, that the regency (the province, where only it is known) is right.

    `evidence`: lines for an officer. `others`: what else it may be, the likeliest first.
    """

    area: Area | None
    confidence: float
    source: WhereSource
    evidence: tuple[str, ...] = ()
    others: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """`words`: what in the text speaks for it, as the lexicon writes it, never as the reporter does."""

    category: str
    probability: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """`guesses`: the likeliest first. `sectors`: agency types with their probability, the likeliest first."""

    guesses: tuple[Guess, ...]
    sectors: tuple[tuple[str, float], ...]
    source: AboutSource
    evidence: tuple[str, ...] = ()


NOWHERE = Where(None, 0.0, "none")
NOTHING = About((), (), "none")
