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

    area: Area | None = None
    confidence: float = 0.0
    source: WhereSource = "none"
    evidence: tuple[str, ...] = ()
    others: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """`words`: what in the text speaks for it, as the lexicon writes it, never as the reporter does."""

    category: str = ""
    probability: float = 0.0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """`guesses`: the likeliest first. `sectors`: agency types with their probability, the likeliest first."""

    guesses: tuple[Guess, ...] = ()
    sectors: tuple[tuple[str, float], ...] = ()
    source: AboutSource = "none"
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A report that its codes do not decide, as it was understood; kept with the complaint, so that it is
    read once and every later decision stands on the same."""

    where: Where = Where()
    about: About = About()


NOWHERE = Where()
NOTHING = About()
