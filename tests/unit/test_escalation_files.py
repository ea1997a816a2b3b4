"""The operator's files, and what explain shows."""

from __future__ import annotations

from datetime import date, datetime
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from lapor_contracts import replies
from lapor_contracts.complaints import ReportType
from lapor_contracts.escalations import ClockStarted
from lapor_escalation import calendar_file, policy_file
from lapor_escalation.commands import show
from lapor_escalation.domain import assignment, complaint, ombudsman
from lapor_escalation.domain.calendar import calendar
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.decrees import Override, decrees
from lapor_escalation.domain.explain import case_lines, deadlines
from lapor_escalation.domain.policy import Matter, Policy
from lapor_escalation.domain.zones import OFFSETS
from lapor_escalation.settings import EscalationSettings
from pydantic import ValidationError
from rich.console import Console

from tests.support.escalation import DLH, RULES, World, wita

PROFILE = "[[profiles]]\nrules = ['completion']\nvalue = 9\nsource = 'x'\n[[profiles]]\nvalue = 9\nsource = 'x'\n"


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
        ("date,kind,name\n2026-03-20,hari_kerja,x\n2026-03-21,hari_kerja,x\n", "line 3: 2026-03-21 is a weekend"),
        ("date,kind,name\n2026-03-20,hari_kerja,x\n2026-03-20,cuti_bersama,x\n", "line 3: 2026-03-20 stands in line 2"),
        ("date,kind,name\n2099-03-20,cuti_bersama,x\n", "line 2: 2099-03-20 is outside"),
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
        (PROFILE + 'rules = ["whole"]\nagencies = ["6407-*"]\n', r"profiles\[1\]: whole is the citizen's clock"),
        (
            PROFILE + 'rules = ["completion"]\nfrom = 2026-01-01\nto = 2026-01-01\n',
            r"profiles\[1\]: `to` must be later",
        ),
        (PROFILE + 'rules = ["completion"]\nfrom = "soon"\n', r"profiles\[1\]\.from: "),
        (PROFILE + 'rules = ["completed"]\n', r"profiles\[1\]\.rules\[0\]: "),
        (PROFILE + 'rules = ["completion"]\nagencies = ["6407_dlh"]\n', r"profiles\[1\]\.agencies\[0\]: "),
        (PROFILE + 'rules = ["completion"]\nagency = "6407-dlh"\n', r"profiles\[1\]\.agency: "),
        ("[supervision]\ncategories = ['lingkungan']\nvalue = 90\n", "supervision: value and source"),
        ("[ombudsman]\nrounds = 3\n", "ombudsman.rounds"),
        ("[chronic]\nshare_percent = 0\n", "chronic.share_percent"),
    ],
)
def test_a_wrong_policy_file_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policy_file.read(written(tmp_path, text))


def test_a_profile_counts_from_its_first_day_to_the_day_before_its_last(tmp_path: Path) -> None:
    """The day on which a clock starts, in the zone of the clock; what runs keeps its limit."""
    text = '[[profiles]]\nrules = ["whole", "completion"]\nvalue = 20\nsource = "Rule of 5 October"\n'
    policy = policy_file.read(written(tmp_path, text + "from = 2023-10-05\nto = 2023-10-07\n"))
    counted = {}
    for at in (wita(4, 23, 59), wita(5, 0), wita(6, 23, 59), wita(7, 0)):
        world = World(rules=Rules(RULES.calendar, policy)).register(at)
        counted[at] = world.of(ClockStarted, rule="whole")[0].limit.value
    assert list(counted.values()) == [14, 20, 20, 14]
    world = World(rules=Rules(RULES.calendar, policy)).register(wita(4))
    world.assign(wita(6))
    world.reply(replies.Accepted, wita(9))
    completion = world.of(ClockStarted, rule="completion")[0].limit
    assert (completion.value, completion.source) == (20, "Rule of 5 October")
    assert world.known.clocks[0].value == 14


def test_an_agency_may_have_limits_of_its_own(tmp_path: Path) -> None:
    """By code, by the regency or by the kind; of several the last one of the file counts."""
    text = "".join(
        f'[[profiles]]\nrules = ["first_response"]\nvalue = {value}\nsource = "Pergub"\nagencies = ["{agencies}"]\n'
        for agencies, value in (("*-pupr", 2), ("6407-*", 3), ("6407-dinkes", 4))
    )
    policy = policy_file.read(written(tmp_path, text))

    def limit(agency: str | None) -> int:
        return policy.limit("first_response", Matter("complaint", date(2023, 10, 4), agency=agency)).value

    codes = ("6401-pupr", "6407-pupr", "6407-dlh", "6407-dinkes", "6401-dlh", "komdigi")
    assert [limit(code) for code in codes] == [2, 3, 3, 4, 5, 5]
    world = World(rules=Rules(RULES.calendar, policy)).register(wita(4))
    world.assign(wita(4), DLH)
    assert world.of(ClockStarted, assignment=1)[0].due_at == wita(9, 16)


def test_supervision_matter_by_category(tmp_path: Path) -> None:
    """No event says it; without a file none has it."""
    policy = policy_file.read(written(tmp_path, '[supervision]\ncategories = ["pertambangan/izin", "lingkungan"]\n'))

    def whole(category: str | None, kind: ReportType = "complaint", of: Policy = policy) -> int:
        return of.limit("whole", Matter(kind, date(2023, 10, 4), category)).value

    assert [whole("lingkungan/air"), whole("pertambangan/izin"), whole("pertambangan"), whole(None)] == [60, 60, 14, 14]
    assert whole("lingkungan/air", "information_request") == 5
    assert whole("lingkungan/air", of=Policy()) == 14
    world = World(rules=Rules(RULES.calendar, policy)).register(wita(4), category="lingkungan/air")
    world.assign(wita(4))
    world.reply(replies.Accepted, wita(5))
    assert [s.limit.value for s in world.of(ClockStarted) if s.limit.rule in ("whole", "completion")] == [60, 60]


def test_the_systems_limit_follows_those_that_it_is_made_of(tmp_path: Path) -> None:
    text = '[limits.verification]\nvalue = 4\nsource = "x"\n' + PROFILE + 'rules = ["first_response"]\n'
    assert policy_file.read(written(tmp_path, text)).acceptance.value == 4 + 9
    assert policy_file.read(written(tmp_path, "")) == Policy()


def test_the_ombudsmans_times_and_what_is_chronic(tmp_path: Path) -> None:
    policy = policy_file.read(written(tmp_path, "[ombudsman]\nheed_days = 30\n[chronic]\nminimum = 3\n"))
    assert (policy.ombudsman.heed_days, policy.ombudsman.clarification_days) == (30, 14)
    assert (policy.chronic.minimum, policy.chronic.window_days) == (3, 90)


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


def test_explain_says_why_the_day_on_which_it_came_did_not_count() -> None:
    late = deadlines(World().register(wita(6, 17)).known, RULES)[0]
    assert late.receipt_day == "Sen 09-10-2023"
    assert late.not_counted[:4] == (
        ("Jum 06-10-2023", "diterima sesudah pukul 16.00 / received after 16.00"),
        ("Sab 07-10-2023", "akhir pekan / weekend"),
        ("Min 08-10-2023", "akhir pekan / weekend"),
        ("Sen 09-10-2023", "hari penerimaan / day of receipt"),
    )


def test_explain_says_that_a_calendar_is_provisional_or_no_longer_the_one() -> None:
    world = World().register(datetime(2027, 12, 30, 10, tzinfo=OFFSETS["WITA"]))
    assert {d.counted_with for d in deadlines(world.known, RULES)} == {
        f"{RULES.calendar.version} (sementara / provisional)"
    }
    changed = calendar(decrees([Override(date(2023, 10, 10), "cuti_bersama", "x")]))
    shown = deadlines(World().register(wita(4)).known, Rules(changed, RULES.policy))[0].counted_with
    assert shown == f"{RULES.calendar.version}; akan dihitung ulang dengan / to be counted again by {changed.version}"


def test_explain_shows_a_person_who_was_asked_and_what_comes_next() -> None:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.apply(assignment.needs_decision(world.known, RULES, wita(5), "64-diskominfo"), wita(5))
    question = deadlines(world.known, RULES)[-1]
    assert (question.whose, question.due) == ("petugas / a person: 64-diskominfo", "Sel 10-10-2023 16.00 WITA")
    assert question.following == "undecided Sel 10-10-2023 16.00 WITA"
    world.until(wita(10, 16))
    asked = deadlines(world.known, RULES)[-1]
    assert (asked.sent, asked.following) == (("undecided Sel 10-10-2023 16.00 WITA",), "-")


def test_explain_shows_what_the_ombudsman_waits_for() -> None:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.until(wita(18, 16))
    office = "ombudsman-64"
    world.apply(ombudsman.clarification_asked(world.known, RULES, office, "-", wita(19)), wita(19))
    world.apply(ombudsman.reprimanded(world.known, RULES, office, "-", wita(20)), wita(20))
    before = list(case_lines(world.known.cases[0], world.known))
    assert before[1].endswith("berikutnya / next: expires Kam 02-11-2023 16.00 WITA")
    assert "Jum 03-11-2023 16.00 WITA, berikutnya / next: published_as_ignored" in before[2]
    world.until(wita(6, month=11))
    after = list(case_lines(world.known.cases[0], world.known))
    assert after[1].endswith("tidak dijawab / not answered")
    assert after[2].endswith("diumumkan mengabaikan / published as ignored")


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
