"""What a decider sees: the list of what waits, and all of one complaint. Indonesian, with English beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from lapor_contracts.assignments import Candidate
from rich.table import Table
from rich.text import Text

from lapor_router.deciding import Found
from lapor_router.domain import report
from lapor_router.domain.area import local_day, zone_of
from lapor_router.domain.findings import Reading
from lapor_router.domain.state import Answer, RouterState
from lapor_router.domain.waiting import Waiting, waiting
from lapor_router.terminal import plain

TITLE = 60  # letters of a title in the list
HIDDEN = "(rahasia / secret)"


def listed(rows: Iterable[tuple[Found, Sequence[Candidate]]], now: datetime) -> Table:
    """One row each; of a secret complaint not even the title."""
    table = Table(show_lines=True)
    for heading in (
        "laporan / id",
        "sejak / since",
        "batas / limit",
        "sebab / why",
        "judul / title",
        "calon / candidates",
    ):
        table.add_column(heading, overflow="fold")
    for found, candidates in rows:
        state = found.state
        left = limit_of(found, now)
        table.add_row(
            state.report.tracking_id,
            f"{found.since:%Y-%m-%d %H:%M}\n{age(now - found.since)}",
            Text(_words(left), style="bold red" if left.over else ""),
            _why(state),
            Text(HIDDEN if state.report.secret else _short(state.report.title)),
            Text("\n".join(f"{candidate.agency}: {plain(candidate.why)}" for candidate in candidates) or "-"),
        )
    return table


def shown(found: Found, candidates: Sequence[Candidate], now: datetime, *, with_secret: bool) -> Table:
    """All that the router knows; the text of a secret complaint only where it is asked for."""
    state, table = found.state, Table(show_header=False)
    table.add_column(style="dim", min_width=24)
    table.add_column(overflow="fold")
    for name, value in (*_about(found, now), *_content(state, with_secret=with_secret), *_understood(state.reading)):
        if value:
            table.add_row(name, Text(plain(value)))
    for assignment in state.assignments:
        became = f"{assignment.outcome} {assignment.outcome_at:%Y-%m-%d %H:%M}" if assignment.outcome_at else "-"
        named = f", mengusulkan / suggests {assignment.suggested}" if assignment.suggested else ""
        by = f" oleh / by {assignment.arbiter}" if assignment.arbiter else ""
        line = f"{assignment.agency} ({assignment.reason}{by}): {became}{named}"
        table.add_row(f"disposisi / assignment {assignment.round}", Text(line))
    for number, candidate in enumerate(candidates, 1):
        table.add_row(f"calon / candidate {number}", Text(f"{candidate.agency}: {plain(candidate.why)}"))
    return table


def limit_of(found: Found, now: datetime) -> Waiting:
    """In days of the place."""
    area = report.question(found.state, now).area
    zone = zone_of(area.province if area else None)
    return waiting(local_day(found.since, zone), local_day(now, zone))


def age(waits: timedelta) -> str:
    hours = max(int(waits.total_seconds()), 0) // 3600
    return f"{hours // 24} hari / d {hours % 24} jam / h"


def _about(found: Found, now: datetime) -> list[tuple[str, str]]:
    state = found.state
    deciding = state.phase == "deciding"
    return [
        ("laporan / complaint", f"{state.report.tracking_id} {found.id}"),
        ("keadaan / state", f"{state.phase} {state.ended or ''}{' (parked: see `lapor dlq`)' if found.parked else ''}"),
        ("sebab / why", _why(state) if deciding else ""),
        ("sejak / since", f"{found.since:%Y-%m-%d %H:%M} UTC, {age(now - found.since)}" if deciding else ""),
        ("batas / limit", _words(limit_of(found, now)) if deciding else ""),
        ("diterima / received", f"{state.report.received_at:%Y-%m-%d %H:%M} UTC"),
    ]


def _content(state: RouterState, *, with_secret: bool) -> list[tuple[str, str]]:
    content = state.report
    place = [content.area_code, content.address]
    if content.latitude is not None and content.longitude is not None:
        place.append(f"{content.latitude:.5f}, {content.longitude:.5f}")
    lines = [
        ("jenis / type", content.report_type),
        ("kategori / category", content.category or "-"),
        ("tanggal / date", str(content.occurred_on or "")),
        ("lampiran / attachments", ", ".join(f"{e.media_type} {e.size} B" for e in content.attachments)),
    ]
    if content.secret and not with_secret:
        return [*lines, ("isi / content", f"{HIDDEN}: --secret")]
    warning = [("RAHASIA / SECRET", "jangan diteruskan / not to be passed on")] if content.secret else []
    return [
        *warning,
        ("judul / title", content.title),
        ("lokasi / place", "; ".join(part for part in place if part)),
        *lines,
        ("isi / narrative", content.narrative),
        *((f"pertanyaan / question {n}", question) for n, question in enumerate(state.asked, 1)),
        *((f"jawaban / answer {n}", _said(answer)) for n, answer in enumerate(content.answers, 1)),
    ]


def _said(answer: Answer) -> str:
    to = f"kepada / to {answer.lead}: " if answer.lead else ""
    return "\n".join((f"{to}{answer.text}", *(f"+ {e.media_type} {e.size} B" for e in answer.attachments)))


def _understood(reading: Reading | None) -> list[tuple[str, str]]:
    if reading is None:
        return []
    return [
        ("terbaca / read", "\n".join(reading.about.evidence)),
        ("lokasi terbaca / place read", "\n".join(reading.where.evidence)),
    ]


def _why(state: RouterState) -> str:
    asked = f"\npenengah / arbiter: {state.arbiter}" if state.arbiter else ""
    declined = f"\nmenolak / declined: {', '.join(dict.fromkeys(state.declined_by))}" if state.declined_by else ""
    return f"{state.undecided or '-'}{asked}{declined}"


def _words(left: Waiting) -> str:
    over = "LEWAT / OVER " if left.over else ""
    return f"{over}{left.used}/{left.days} hari kerja / working days"


def _short(title: str) -> str:
    words = " ".join(plain(title).split())
    return words if len(words) <= TITLE else words[: TITLE - 1] + "…"
