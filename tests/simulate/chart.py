"""The year as a picture: how many complaints are open, overdue and before the Ombudsman on each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import DateFormatter, MonthLocator, date2num
from matplotlib.figure import Figure

from tests.simulate.stories import START, YEAR

DAYS = YEAR // timedelta(days=1)
LABELS = {"open": "open", "overdue": "overdue: a limit of a running clock was missed",
          "escalated": "with the Ombudsman"}  # fmt: skip
COLOURS = {"open": "#4c72b0", "overdue": "#dd8452", "escalated": "#c44e52"}


def by_day(changes: Counter[int]) -> list[int]:
    """How many at the end of each day."""
    return list(accumulate(changes.get(day, 0) for day in range(DAYS)))


def draw(changes: Mapping[str, Counter[int]], title: str, path: Path) -> None:
    figure = Figure(figsize=(11, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    days = [float(date2num(START + timedelta(days=day + 1))) for day in range(DAYS)]  # type: ignore[no-untyped-call]
    axes.xaxis_date()
    for name, label in LABELS.items():
        axes.fill_between(days, by_day(changes[name]), color=COLOURS[name], alpha=0.25, linewidth=0)
        axes.plot(days, by_day(changes[name]), color=COLOURS[name], label=label, linewidth=1.4)
    axes.set_title(title)
    axes.set_ylabel("complaints")
    axes.set_ylim(bottom=0)
    axes.margins(x=0)
    axes.xaxis.set_major_locator(MonthLocator())  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(DateFormatter("%b"))  # type: ignore[no-untyped-call]
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(path, dpi=110)
