"""What a text is about, by its words alone: a lexicon of words and phrases with weights, written by people.

Weights are log-odds: 1 speaks for a category, 2 clearly, 4 settles it unless something contradicts. They add up per
agency type (sector), each further word for the same sector counting less, are made probabilities there, and are then
shared among the sector's categories.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lapor_router.domain.categories import Category, topic_of
from lapor_router.domain.findings import NOTHING, About, Guess
from lapor_router.domain.phrases import ROOT, Context, Found, Phrases
from lapor_router.domain.words import Language

WHOLE_SECTOR = "@"
NOTHING_MEANT = "-"
MAX_GUESSES = 5
MAX_SECTORS = 8
MAX_WORDS = 6  # of a guess, as its evidence
MAX_LINES = 3
LEAST_SHOWN = 0.05  # a guess below it goes without its words
LEAST_SECTOR = 0.005  # a probability below is not worth naming
# Of a sector's own evidence, to the category that stands for it, so that one is named where nothing else is.
_TRACE = 0.01


@dataclass(frozen=True, slots=True)
class Tuning:
    """How weights become probabilities; the same for all sectors.

    `title`: factor of what the title says. `again`: what a word adds that stands there again. `further`: factor of
    each next word for the same sector, the heaviest first. `heat` + `heat_of_all` * ln(1 + all evidence): the
    temperature, as much evidence of one text is not independent; `heat_within`: that within a sector.
    """

    title: float = 1.5
    again: float = 0.35
    further: float = 0.75
    heat: float = 0.7
    heat_of_all: float = 0.3
    heat_within: float = 0.9
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True)
class Entry:
    """`words`: a word, a phrase, or two words that stand near each other (`jalan + rusak`); `~lubang` is every form
    of the root. `category`: with `@` the whole sector of that category; `-` where the words mean nothing here."""

    words: str
    category: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Meaning:
    """`words` as the lexicon writes them, for people; what they give to sectors and to categories."""

    words: str
    sectors: tuple[tuple[str, float], ...]
    categories: tuple[tuple[str, float], ...]


class Lexicon:
    """`sector_of`: the sector of each category that may be guessed. Raises ValueError for an entry that is none."""

    def __init__(
        self,
        entries: Iterable[Entry],
        language: Language,
        categories: Mapping[str, Category],
        sector_of: Mapping[str, str],
        tuning: Tuning | None = None,
    ) -> None:
        self.language = language
        self.categories = categories
        self._sector_of = sector_of
        self._tuning = tuning or Tuning()
        self._sectors = len(set(sector_of.values()))
        self._phrases: Phrases[_Meaning] = Phrases(language, self._tuning.context)
        same: dict[tuple[tuple[str, ...], ...], list[Entry]] = {}
        for entry in entries:
            same.setdefault(self._phrases.keys(entry.words), []).append(entry)
        for keys, of_keys in same.items():
            self._phrases.add(keys, _meaning(of_keys, sector_of))

    def read(self, text: str, title: str = "") -> About:
        """NOTHING where no word of the lexicon is found."""
        found = [
            (one.what, self._strength(one)) for one in self._phrases.find((title, self._tuning.title), (text, 1.0))
        ]
        scores = self._scores(found)
        if not scores:
            return NOTHING
        sectors = self._probabilities(scores)
        guesses = self._guesses(sectors, found)
        lines = tuple(self._line(guess) for guess in guesses[:MAX_LINES] if guess.words)
        return About(guesses, sectors[:MAX_SECTORS], "words", lines)

    def _strength(self, found: Found[_Meaning]) -> float:
        return found.strength * (1 + self._tuning.again * min(2, found.times - 1))

    def _scores(self, found: list[tuple[_Meaning, float]]) -> dict[str, float]:
        """Of each sector that something speaks for."""
        given: dict[str, list[float]] = {}
        for meaning, strength in found:
            for sector, weight in meaning.sectors:
                given.setdefault(sector, []).append(weight * strength)
        scores = {sector: self._sum(weights) for sector, weights in given.items()}
        return {sector: score for sector, score in scores.items() if score > 0}

    def _sum(self, weights: list[float]) -> float:
        weights.sort(reverse=True)
        total, factor = 0.0, 1.0
        for weight in weights:
            total += weight * factor if weight > 0 else weight
            factor *= self._tuning.further
        return total

    def _probabilities(self, scores: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
        """The likeliest first; sectors without evidence share what is left."""
        heat = self._tuning.heat + self._tuning.heat_of_all * math.log1p(sum(scores.values()))
        top = max(scores.values())
        odds = {sector: math.exp((score - top) / heat) for sector, score in scores.items()}
        total = sum(odds.values()) + (self._sectors - len(odds)) * math.exp(-top / heat)
        ranked = sorted(odds.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple((sector, part / total) for sector, part in ranked if part / total >= LEAST_SECTOR)

    def _guesses(
        self, sectors: tuple[tuple[str, float], ...], found: list[tuple[_Meaning, float]]
    ) -> tuple[Guess, ...]:
        scores: dict[str, float] = {}
        for meaning, strength in found:
            for category, weight in meaning.categories:
                scores[category] = scores.get(category, 0.0) + weight * strength
        by_sector: dict[str, list[tuple[str, float]]] = {}
        for category, score in scores.items():
            if score > 0:
                whole = _with_general(category, score, scores)
                by_sector.setdefault(self._sector_of[category], []).append((category, whole))
        shared: list[tuple[float, str]] = []
        for sector, probability in sectors[:MAX_GUESSES]:
            shared += self._shared(probability, by_sector.get(sector, []))
        shared.sort(key=lambda pair: (-pair[0], pair[1]))
        return tuple(
            Guess(category, share, self._words_for(category, found) if share >= LEAST_SHOWN else ())
            for share, category in shared[:MAX_GUESSES]
        )

    def _shared(self, probability: float, named: list[tuple[str, float]]) -> list[tuple[float, str]]:
        """A sector's probability, shared among its categories."""
        if len(named) < 2:
            return [(probability, category) for category, _ in named]
        top = max(score for _, score in named)
        odds = [(math.exp((score - top) / self._tuning.heat_within), category) for category, score in named]
        total = sum(part for part, _ in odds)
        return [(probability * part / total, category) for part, category in odds]

    def _words_for(self, category: str, found: list[tuple[_Meaning, float]]) -> tuple[str, ...]:
        """What speaks for it, or for its sector, the heaviest first."""
        sector = self._sector_of[category]
        topic = topic_of(category)
        heard = []
        for meaning, strength in found:
            weight = next((weight for name, weight in meaning.sectors if name == sector and weight > 0), 0.0)
            if weight and any(_speaks_for(name, given, category, topic) for name, given in meaning.categories):
                heard.append((-weight * strength, meaning.words))
        return tuple(dict.fromkeys(words for _, words in sorted(heard)))[:MAX_WORDS]

    def _line(self, guess: Guess) -> str:
        words = ", ".join([f"“{words}”" for words in guess.words])
        category = self.categories[guess.category]
        return (
            f"Kata {words}: {category.name_id} ({guess.probability:.0%}). / "
            f"Words {words}: {category.name_en} ({guess.probability:.0%})."
        )


def _meaning(entries: list[Entry], sector_of: Mapping[str, str]) -> _Meaning:
    """Of several categories of one sector only the heaviest counts for the sector."""
    words = entries[0].words.replace(ROOT, "")
    sectors: dict[str, float] = {}
    categories: dict[str, float] = {}
    for entry in entries:
        if entry.category == NOTHING_MEANT:
            continue
        name = entry.category.removeprefix(WHOLE_SECTOR)
        if name not in sector_of:
            raise ValueError(f"{words!r}: {name!r} is no category with an authority")
        given = entry.weight * _TRACE if entry.category.startswith(WHOLE_SECTOR) else entry.weight
        categories[name] = max(given, categories.get(name, given))
        sector = sector_of[name]
        sectors[sector] = max(entry.weight, sectors.get(sector, entry.weight))
    return _Meaning(words, tuple(sectors.items()), tuple(categories.items()))


def _with_general(category: str, score: float, scores: Mapping[str, float]) -> float:
    """What speaks for a road of unknown status speaks for the national road too, once that is named."""
    general = f"{topic_of(category)}/umum"
    return score if category == general else score + max(0.0, scores.get(general, 0.0))


def _speaks_for(name: str, weight: float, category: str, topic: str) -> bool:
    """The category itself, what is general in its topic, or the whole sector."""
    return name in (category, f"{topic}/umum") or weight <= 10 * _TRACE
