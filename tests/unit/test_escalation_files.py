"""The operator's files, and what explain shows."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from lapor_escalation import calendar_file, policy_file
from lapor_escalation.commands import show
from lapor_escalation.domain import complaint
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.decrees import Override
from lapor_escalation.domain.explain import deadlines
from lapor_escalation.domain.policy import Policy
from lapor_escalation.settings import EscalationSettings
from pydantic import ValidationError
from rich.console import Console

from tests.support.escalation import RULES, World, wita


def written(folder: Path, text: str) -> Path:
    path = folder / "file"
    path.write_text(text, encoding="utf-8")
    return path


def test_calendar_file(tmp_path: Path) -> None:
    path = written(tmp_path, "date,kind,name\n2026-03-20,hari_kerja,Cuti bersama dibatalkan\n")
    assert calendar_file.read(path) == (Override(date(2026, 3, 20), "hari_kerja", "Cuti bersama dibatalkan"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tanggal,jenis,nama\n", "first line"),
        ("date,kind,name\n2026-03-20,libur,x\n", "line 2: kind"),
        ("date,kind,name\n20-03-2026,hari_kerja,x\n", "line 2: date"),
        ("date,kind,name\n2026-03-20,hari_kerja,\n", "line 2: name"),
        ("date,kind,name\n2026-03-20,hari_kerja\n", "line 2: name"),
        ("date,kind,name\n2026-03-20\n", "line 2: kind"),
        ("date,kind,name\n,hari_kerja,x\n", "line 2: date"),
    ],
)
def test_a_wrong_calendar_file_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calendar_file.read(written(tmp_path, text))


def test_policy_file(tmp_path: Path) -> None:
    text = """
    [limits.first_response]
    value = 3
    source = "Peraturan daerah"
    [by_type.aspiration]
    value = 30
    source = "Peraturan daerah"
    [steps]
    alerted = 10
    """
    policy = policy_file.read(written(tmp_path, text))
    assert (policy.first_response.value, policy.first_response.unit) == (3, "working_days")
    assert policy.whole("aspiration").value == 30
    assert policy.whole("complaint").value == Policy().whole("complaint").value
    assert policy.steps == {"reminded": 1, "superior_told": 2, "alerted": 10}


def test_a_limit_in_calendar_days(tmp_path: Path) -> None:
    text = '[limits.first_response]\nvalue = 14\nunit = "calendar_days"\nsource = "UU 25/2009"\n'
    world = World(rules=Rules(RULES.calendar, policy_file.read(written(tmp_path, text)))).register(wita(4))
    world.assign(wita(4))
    clock = next(clock for clock in world.known.clocks if clock.rule == "first_response")
    assert clock.due_at == wita(18, 16)
    world.apply(complaint.held(world.known, world.rules, wita(5)), wita(5))
    world.apply(complaint.completed(world.known, world.rules, None, wita(7)), wita(7))
    clock = next(clock for clock in world.known.clocks if clock.rule == "first_response")
    assert clock.due_at == wita(20, 16)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[limits.first_reponse]\nvalue = 3\nsource = 'x'\n", "limits"),
        ("[steps]\nalerted = 0\n", "steps.alerted"),
        ("[by_type.complaint]\nvalue = 14\n", "by_type.complaint.source"),
        ("[steps\n", "Expected"),
    ],
)
def test_a_wrong_policy_file_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policy_file.read(written(tmp_path, text))


def test_settings_refuse_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="cannot be read"):
        EscalationSettings(
            kafka_bootstrap="localhost:9092", database_url="postgresql://x", calendar_overrides=tmp_path / "no.csv"
        )  # type: ignore[arg-type, unused-ignore]


def test_explain_says_which_days_counted_and_which_not_and_why() -> None:
    world = World().register(wita(27, month=9))
    world.assign(wita(27, month=9))
    first = next(d for d in deadlines(world.known, RULES) if "first_response" in d.limit)
    assert first.since == "Rab 27-09-2023 10.00 WITA"
    days = ["Jum 29-09-2023", "Sen 02-10-2023", "Sel 03-10-2023", "Rab 04-10-2023", "Kam 05-10-2023"]
    assert list(first.counted) == days
    assert first.not_counted[0] == ("Kam 28-09-2023", "Maulid Nabi Muhammad")
    assert first.not_counted[1] == ("Sab 30-09-2023", "akhir pekan / weekend")
    assert (first.due, first.following) == ("Kam 05-10-2023 16.00 WITA", "reminded Rab 04-10-2023 16.00 WITA")


def test_explain_shows_holds_steps_and_alerts() -> None:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.apply(complaint.held(world.known, RULES, wita(9)), wita(9))
    assert {d.status for d in deadlines(world.known, RULES)} >= {"ditunda / on hold"}
    world.apply(complaint.completed(world.known, RULES, None, wita(12, 13)), wita(12, 13))
    world.until(wita(30))
    console = Console(width=140, file=StringIO())
    show(console, UUID(int=1), world.known, RULES)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Sen 09-10-2023 10.00 WITA - Kam 12-10-2023 13.00 WITA" in text
    assert "limit_missed Sel 17-10-2023 10.30 WITA" in text
    assert "Ombudsman: ombudsman-64: Sel 24-10-2023 10.30 WITA" in text
