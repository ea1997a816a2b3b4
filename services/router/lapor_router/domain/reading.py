"""A report read: its codes where it has them, its point and its words where it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lapor_router.domain.area import locate
from lapor_router.domain.categories import topic_of
from lapor_router.domain.findings import About, Guess, Reading, Where
from lapor_router.domain.learned import Learned
from lapor_router.domain.lexicon import Lexicon
from lapor_router.domain.places.gazetteer import Gazetteer
from lapor_router.domain.places.reports import Given, Points, locate_report
from lapor_router.domain.state import Report
from lapor_router.domain.subject import Taxonomy
from lapor_router.domain.texts import WHERE

GENERAL = "umum"


@dataclass(frozen=True, slots=True, eq=False)
class ReportReader:
    """`categories`: all codes of ours. `taxonomy`: what SP4N-LAPOR!'s own codes mean. `sector_of`: the agency type
    of each category that has an authority. `learned`: what confirmed outcomes taught; None: the lexicon alone.
    `channels`: the areas whose reporters a channel is for."""

    lexicon: Lexicon
    categories: frozenset[str]
    gazetteer: Gazetteer
    taxonomy: Taxonomy
    sector_of: Mapping[str, str]
    points: Points | None = None
    learned: Learned | None = None
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def read(self, report: Report) -> Reading | None:
        """None where the codes say all: a category with an authority, and a regency."""
        category = self.category(report.category)
        area = locate(report.area_code)
        coded = category is not None and category == report.category and not _general(category)
        if coded and area is not None and area.regency is not None and report.latitude is None:
            return None
        return Reading(self.where(report), self.about(report, category))

    def category(self, code: str | None) -> str | None:
        """Of ours: the code itself, or what a sub-topic of SP4N-LAPOR!'s list means. A main topic alone says too
        little: the words go on."""
        if code is None or "/" not in code:
            return None
        return code if code in self.categories else self.taxonomy.category(code)

    def where(self, report: Report) -> Where:
        given = Given(
            code=report.area_code,
            latitude=report.latitude,
            longitude=report.longitude,
            text="\n".join((report.title, report.narrative, *(a.text for a in report.deciding if a.to != WHERE))),
            place="\n".join((report.address or "", *(a.text for a in report.deciding if a.to == WHERE))).strip(),
            known=self.channels.get(report.channel, ()),
        )
        return locate_report(given, self.gazetteer, self.points)

    def about(self, report: Report, category: str | None) -> About:
        """A category that was given is believed; the words may only say which of its topic it is."""
        if category is not None and not _general(category):
            return _by_code(category)
        words = self.by_words(report.title, "\n".join((report.narrative, *(answer.text for answer in report.deciding))))
        if category is None:
            return words
        topic = topic_of(category)
        closer = next((guess for guess in words.guesses if topic_of(guess.category) == topic), None)
        return _by_code(closer.category if closer else category)

    def by_words(self, title: str, narrative: str) -> About:
        by_lexicon = self.lexicon.read(narrative, title)
        if self.learned is None:
            return by_lexicon
        roots = self.lexicon.language.roots_of_report(title, narrative)
        return self.learned.read(roots, by_lexicon, self.sector_of)


def _by_code(category: str) -> About:
    return About((Guess(category, 1.0),), (), "code")


def _general(category: str) -> bool:
    return category.endswith(f"/{GENERAL}")
