"""The words of the mails."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from string import Template
from typing import Any, cast
from uuid import UUID

import click
import pytest
import typer
from lapor_contracts import assignments, complaints, escalations, replies
from lapor_contracts.base import Event
from lapor_notifier.domain.audience import AUDIENCE, messages
from lapor_notifier.domain.letter import Text
from lapor_notifier.domain.policy import LINE_WIDTH, RetryPolicy
from lapor_notifier.domain.retry import backed_off, next_attempt
from lapor_notifier.domain.texts import compose, wrapped
from lapor_notifier.domain.zones import local_en, local_id
from lapor_notifier.mail import mail_bytes
from lapor_router.decide_commands import decide

from tests.support.notifier import (
    DLH,
    LIMIT,
    NARRATIVE,
    STATE,
    TEXTS,
    TITLE,
    alerted,
    asked_to_decide,
    assigned,
    at,
    complaint,
    letter,
    limit_missed,
    one_of_each,
    proof,
    registered,
    reprimanded,
    superior_told,
    written,
)

GOLDEN = Path(__file__).parent / "test_notifier_alert.golden.eml"


def alert_mail() -> bytes:
    event = alerted()
    (message,) = messages(STATE, event)
    about = letter(message, event)
    return mail_bytes(
        about.delivery, compose(about, TEXTS), sender="tidak-dibalas@lapor.example", to="kaltim@ombudsman.example",
        domain="lapor.example", at=at(16),
    )  # fmt: skip


def test_the_alert_mail_is_the_golden_one() -> None:
    assert alert_mail().replace(b"\r\n", b"\n").decode() == GOLDEN.read_text()


def test_the_alert_has_each_proof_in_order_with_topic_number_and_local_time() -> None:
    body = written(alerted())[messages(STATE, alerted())[0]].body
    places = [body.index(part) for part in (
        "Rabu, 4 Oktober 2023, 10.00 WITA\n    Laporan diterima / Registered\n    lapor.complaints nomor/number 1",
        "Didisposisikan / Assigned: Dinas Lingkungan Hidup Kutai Barat (6407-dlh)\n    lapor.assignments",
        "Instansi diingatkan / Agency reminded: tanggapan pertama / first response\n    lapor.escalations nomor",
        "Batas waktu terlampaui / Limit missed: tanggapan pertama / first response\n    lapor.escalations nomor",
        "Atasan diberi tahu / Superior told: 6407-inspektorat\n    lapor.escalations nomor/number 4",
    )]  # fmt: skip
    assert places == sorted(places)
    for entry in alerted().proof:
        assert f"{entry.topic} nomor/number {entry.number}\n" in body
        assert str(entry.event_id) in body


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_every_mail_is_filled_in_both_languages_and_names_the_complaint(event: Event) -> None:
    for text in written(event).values():
        assert "1234567897" in text.subject
        assert "$" not in text.subject + text.body
        indonesian, english = re.split(r"^English$", text.body, maxsplit=1, flags=re.MULTILINE)
        assert len(indonesian) > 40
        assert len(english) > 20
        assert max(map(len, text.body.splitlines())) <= LINE_WIDTH + 40


def test_no_template_is_missing_and_none_is_without_use() -> None:
    used = {telling.template for tellings in AUDIENCE.values() for telling in tellings}
    assert used | {"_footer"} == set(TEXTS)
    for text in TEXTS.values():
        assert Template(text).is_valid()


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_a_secret_complaints_content_goes_to_the_lead_agency_and_the_ombudsman_only(event: Event) -> None:
    for message, text in written(event, about=complaint(secret=True)).items():
        may = message.role == "ombudsman" or (message.role == "agency" and message.template != "agency_copied")
        assert TITLE not in text.subject
        if not may:
            assert TITLE not in text.body
            assert NARRATIVE not in text.body


def test_the_lead_agency_gets_the_content_of_a_secret_complaint_and_a_copied_body_does_not() -> None:
    found = {m.recipient: t.body for m, t in written(assigned(), about=complaint(secret=True)).items()}
    assert TITLE in found["6407-dlh"] and NARRATIVE in found["6407-dlh"]
    assert "(rahasia / secret)" in found["6407-pupr"]


def test_an_open_complaints_content_goes_to_agencies_and_superior() -> None:
    found = {m.recipient: t.body for m, t in written(assigned()).items()}
    assert NARRATIVE in found["6407-dlh"] and NARRATIVE in found["6407-pupr"]
    (told,) = written(superior_told()).values()
    assert TITLE in told.body and NARRATIVE not in told.body


def test_an_arbiter_reads_who_was_proposed_and_why() -> None:
    (told,) = written(asked_to_decide()).values()
    assert "- 64-dlh: Diusulkan oleh 6407-dlh / suggested by it" in told.body and NARRATIVE in told.body
    (bare,) = written(asked_to_decide(candidates=())).values()
    assert "Calon instansi:\n-\n" in bare.body


@pytest.mark.parametrize("secret", [False, True])
def test_the_commands_in_an_arbiters_mail_are_ones_that_there_are(secret: bool) -> None:
    (told,) = written(asked_to_decide(), about=complaint(secret=secret)).values()
    commands = [line.split("lapor decide ")[1] for line in told.body.splitlines() if "lapor decide " in line]
    assert len(commands) == 2 and ("--secret" in commands[0]) is secret
    group = cast(click.Group, typer.main.get_command(decide))
    for command in commands:
        name, *words = shlex.split(command)
        group.commands[name].make_context(name, words)  # raises UsageError


def test_a_withdrawn_secret_complaint_does_not_say_why() -> None:
    event = complaints.Withdrawn(reason="Tetangga saya mengancam.")
    assert all("Tetangga" in text.body for text in written(event).values())
    assert not any("Tetangga" in text.body for text in written(event, about=complaint(secret=True)).values())


def test_what_people_wrote_is_not_filled_in_again() -> None:
    said = "Harga $tracking_id ${content} $$ 100%"
    event = replies.FollowedUp(agency="6407-dlh", assignment=1, received_at=at(6), text=said)
    (text,) = written(event).values()
    assert said in text.body


def test_the_limit_is_told_with_how_it_was_counted() -> None:
    (text,) = written(limit_missed()).values()
    assert "tanggapan pertama, 5 hari kerja (SP4N-LAPOR!)" in text.body
    assert "Rabu, 11 Oktober 2023, 16.00 WITA" in text.body
    assert "2023-10-05 .. 2023-10-11" in text.body


CITIZENS: dict[str, Any] = {"clock": "citizen", "assignment": None, "agency": None}
SYSTEM = ("sistem secara keseluruhan", "the system as a whole")


@pytest.mark.parametrize(
    "event",
    [
        superior_told(**CITIZENS, superior="64-diskominfo"),
        reprimanded(agency=None, assignment=None),
        escalations.ReplyWaived(office="ombudsman-64"),
        alerted(agency=None, assignment=None, proof=()),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_is_about_the_citizens_clock_accuses_nobody(event: Event) -> None:
    """Not even the agency that got the complaint yesterday."""
    for text in written(event).values():
        assert all(words in text.body for words in SYSTEM)
        for name in (DLH.name, "6407-dlh", "no agency", "competent agency"):
            assert name not in text.subject + text.body


def test_an_alert_about_the_system_says_what_the_system_left_undone() -> None:
    whole = LIMIT.model_copy(update={"rule": "whole", "value": 14})
    entries = (
        proof("reminded: whole", 23, "lapor.escalations", 7),
        proof("reminded: first_response", 10, "lapor.escalations", 2),
        proof("limit_missed: whole", 24, "lapor.escalations", 8),
        proof("superior_told: -", 26, "lapor.escalations", 9),
    )
    (text,) = written(alerted(agency=None, assignment=None, limit=whole, proof=entries)).values()
    assert "Pengingat bagi sistem / Reminder to the system: penanganan seluruhnya sejak laporan" in text.body
    assert text.body.count("Agency reminded") == text.body.count("Agency reminded: tanggapan pertama") == 1
    assert "Tidak ada atasan yang terdaftar / No superior is registered\n" in text.body


def test_the_proof_says_where_on_the_topic_each_event_lies() -> None:
    declined = proof("declined: 6407-dlh", 6, "lapor.replies", 1).model_copy(update={"partition": 3, "offset": 17})
    missed = proof("limit_missed: whole", 24, "lapor.escalations", 8).model_copy(update={"partition": 3})
    (text,) = written(alerted(proof=(declined, missed))).values()
    assert "Instansi menyatakan bukan wewenangnya / Declined by the agency: 6407-dlh\n" in text.body
    assert f"{declined.event_id}\n    partisi/partition 3, offset 17\n" in text.body
    assert f"{missed.event_id}\n    partisi/partition 3\n" in text.body


def test_a_follow_up_names_who_wrote_it_and_a_copys_closes_nothing() -> None:
    silence = ("laporan akan ditutup", "will be closed")
    made: dict[str, Any] = {"assignment": 1, "received_at": at(6), "text": "Kami ikut memeriksa."}
    (leads,) = written(replies.FollowedUp(agency="6407-dlh", **made)).values()
    (copys,) = written(replies.FollowedUp(agency="6407-pupr", lead=False, **made)).values()
    (late,) = written(replies.FollowedUp(agency="6407-dlh", **made), replace(STATE, closed=1)).values()
    assert DLH.name in leads.body and all(words in leads.body for words in silence)
    assert "Dinas PUPR Kutai Barat" in copys.body and DLH.name not in copys.body
    assert DLH.name in late.body
    assert not any(words in text.body for words in silence for text in (copys, late))


def test_the_reporter_is_told_that_following_needs_the_access_code() -> None:
    (text,) = written(registered()).values()
    assert "siapa pun dapat mengikuti" not in text.body and "anyone can follow" not in text.body
    assert "With that number and the access code" in text.body


def test_missing_data_and_questions_are_spelled_out() -> None:
    (held,) = written(complaints.Held(missing=("place", "evidence"))).values()
    assert "- bukti: foto atau dokumen" in held.body and "- the place: village, district" in held.body
    (asked,) = written(assignments.QuestionAsked(question="Yang mana?")).values()
    assert "Yang mana?" in asked.body


def test_the_ombudsmans_codes_become_names() -> None:
    event = escalations.Reprimanded(office="ombudsman-64", agency="6407-dlh", assignment=1, text="Tegur.")
    for text in written(event).values():
        assert "Ombudsman RI Perwakilan Kalimantan Timur" in text.body


def test_local_times_in_three_zones() -> None:
    assert local_id(at(31, 23, 30), "WIT") == "Rabu, 1 November 2023, 08.30 WIT"
    assert local_id(at(4), "WIB") == "Rabu, 4 Oktober 2023, 09.00 WIB"
    assert local_en(at(4), "WITA") == "Wed 4 Oct 2023, 10:00 WITA"


def test_long_lines_are_wrapped_and_paragraphs_stay() -> None:
    text = "kata " * 60 + "\n\n" + "pendek"
    lines = wrapped(text).splitlines()
    assert max(map(len, lines)) <= LINE_WIDTH
    assert lines[-2:] == ["", "pendek"]


@pytest.mark.parametrize("body", ["ASCII saja", "Ünïcode — dengan tanda", "x" * 5_000, ".\ntitik di awal baris\n."])
def test_a_mails_bytes_say_what_the_text_says(body: str) -> None:
    raw = mail_bytes(
        UUID(int=1), Text("Subjek — panjang " * 8, body), sender="a@b.example", to="c@d.example",
        domain="lapor.example", at=at(4),
    )  # fmt: skip
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Message-ID"] == "<00000000-0000-0000-0000-000000000001@lapor.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["To"] == "c@d.example"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == body
    assert mail["Subject"].strip() == ("Subjek — panjang " * 8).strip()


RETRY = RetryPolicy(first=timedelta(seconds=4), longest=timedelta(seconds=60), give_up_attempts=10)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 4), (2, 8), (5, 60), (9, 60)])
def test_the_delay_doubles_up_to_the_longest_and_is_spread(attempts: int, seconds: int) -> None:
    for chance, factor in ((0.0, 0.5), (0.5, 1.0), (0.75, 1.25)):
        found = next_attempt(attempts, timedelta(), chance, RETRY)
        assert found == timedelta(seconds=seconds) * factor


def test_it_gives_up_after_enough_attempts_or_days_and_not_before() -> None:
    nearly = RETRY.give_up_after - timedelta(seconds=1)
    assert next_attempt(9, nearly, 0.5, RETRY) is not None
    assert next_attempt(10, timedelta(), 0.5, RETRY) is None
    assert next_attempt(1, RETRY.give_up_after, 0.5, RETRY) is None
    assert backed_off(10_000, RETRY.first, RETRY.longest) == RETRY.longest
