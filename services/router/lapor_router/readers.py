"""The rules and what reads reports, loaded together from the data files; and the model that is in use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lapor_router.boundaries import Boundaries
from lapor_router.domain.findings import AboutSource, Reading
from lapor_router.domain.places.reports import Points
from lapor_router.domain.reading import ReportReader
from lapor_router.domain.risk import BUILT_IN, Curve, Risk
from lapor_router.domain.rules import Rules
from lapor_router.domain.state import Report
from lapor_router.learning.storage import Ready
from lapor_router.lexicon_loading import load_lexicon, load_taxonomy, sectors_of
from lapor_router.loading import PACKAGED, load
from lapor_router.nearest import NearestPlaces
from lapor_router.places import load_channels, load_gazetteer


def load_reader(rules: Rules, folder: Path = PACKAGED, boundaries: Path | None = None) -> ReportReader:
    """`boundaries`: GeoJSON of the regencies; without it a point is the nearest known place, which is less sure.

    Raises BadData, BadBoundaries.
    """
    gazetteer = load_gazetteer(folder)
    points: Points = Boundaries.load(boundaries) if boundaries else NearestPlaces(gazetteer)
    types = sectors_of(rules)
    return ReportReader(
        lexicon=load_lexicon(rules.categories, types, folder),
        categories=frozenset(rules.categories),
        gazetteer=gazetteer,
        taxonomy=load_taxonomy(rules.categories, folder),
        sector_of=types,
        points=points,
        channels=load_channels(folder),
    )


def load_all(folder: Path = PACKAGED, boundaries: Path | None = None) -> tuple[Rules, ReportReader]:
    """Raises BadData, BadBoundaries."""
    rules = load(folder)
    return rules, load_reader(rules, folder, boundaries)


def gate_of(ready: Ready | None, risk: float) -> Risk:
    """`ready`: the model in use; None: the lexicon alone."""
    curves: dict[AboutSource, Curve] = dict(BUILT_IN)
    if ready is not None:
        curves["learned"] = ready.curve
    return Risk(risk, curves)


class InUse:
    """What reads now: the lexicon, and the learned model once there is one."""

    def __init__(self, reader: ReportReader, risk: float) -> None:
        self._reader = reader
        self._risk = risk
        self._ready: Ready | None = None

    @property
    def ready(self) -> Ready | None:
        return self._ready

    @property
    def gate(self) -> Risk:
        """At the operator's risk, by what was measured of what reads now."""
        return gate_of(self._ready, self._risk)

    def read(self, report: Report) -> Reading | None:
        return self._reader.read(report)

    def with_reader(self, reader: ReportReader) -> None:
        """After the data files changed; the model stays."""
        self._reader = replace(reader, learned=self._ready.model if self._ready else None)

    def with_model(self, ready: Ready | None) -> None:
        """None: the lexicon alone."""
        self._ready = ready
        self._reader = replace(self._reader, learned=ready.model if ready else None)
