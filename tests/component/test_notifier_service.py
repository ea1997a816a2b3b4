"""The notifier alone on the real broker, database and mail server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lapor_contracts import complaints, contacts, escalations, replies
from lapor_contracts.base import Place
from lapor_deploy.stack import Stack
from lapor_notifier import postgres
from lapor_notifier.commands import app as commands
from lapor_notifier.keys import make_keys
from lapor_notifier.postgres import Settlement
from typer.testing import CliRunner

from tests.support.notifier import (
    NARRATIVE,
    TITLE,
    alerted,
    assigned,
    at,
    limit_missed,
    registered,
    reminded,
    reprimanded,
    superior_told,
)
from tests.support.notifier_wire import Town, quick, town, until

pytestmark = pytest.mark.component


@pytest.fixture(scope="session")
def notifier_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notifier-keys")
    make_keys(folder)
    return folder


@pytest.fixture
async def here(stack: Stack, notifier_keys: Path, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(stack, notifier_keys, tmp_path) as made:
        yield made


def step(here: Town) -> dict[str, str]:
    return {"agency": here.code()}


async def test_the_story_of_a_silent_agency_is_told_to_everybody_in_mails(here: Town) -> None:
    await here.join("dlh", "pupr", "inspektorat", "ombudsman")
    await here.start()
    await here.say(
        registered(tracking_id=here.tracking_id),
        here.contact(),
        assigned(here.agency(), copies=(here.code("pupr"),)),
        reminded(**step(here)),
    )
    await here.post.received(here.address(), 2)
    await here.say(
        limit_missed(**step(here)),
        superior_told(**step(here), superior=here.code("inspektorat")),
        alerted(office=here.code("ombudsman"), agency=here.agency(), tracking_id=here.tracking_id),
        reprimanded(**step(here), office=here.code("ombudsman")),
    )
    # registered 1, assigned 3, reminded 1, missed 1, superior 1, alert 1, reprimand 2
    told = await here.ends(10)
    assert [t.number for t in told] == list(range(1, 21))
    assert [t.name for t in told].count("Queued") == [t.name for t in told].count("Sent") == 10
    assert {(t.event.role, t.event.recipient) for t in told if t.name == "Queued"} == {
        ("reporter", None),
        ("agency", here.code()),
        ("agency", here.code("pupr")),
        ("superior", here.code("inspektorat")),
        ("ombudsman", here.code("ombudsman")),
    }
    queued = {t.event.delivery: t.event.about for t in told if t.name == "Queued"}
    assert {t.event.delivery for t in told if t.name == "Sent"} == set(queued)
    subjects = [mail["Subject"] for mail in await here.post.received(here.address(), 4)]
    assert ["Disposisi" in subjects[0], "Pengingat" in subjects[1]] == [True, True]
    assert sorted("terlampaui" in s or "Teguran" in s for s in subjects) == [False, False, True, True]
    assert len(await here.post.received(here.reporter, 3)) == 3
    (copy,) = await here.post.received(here.address("pupr"))
    assert NARRATIVE in copy.get_content()
    (alert,) = await here.post.received(here.address("ombudsman"))
    assert TITLE in alert.get_content() and "lapor.escalations nomor/number 3" in alert.get_content()
    assert alert["Message-ID"].strip("<>").partition("@")[0] in {str(delivery) for delivery in queued}


async def test_a_copys_follow_up_is_its_own_and_the_office_hears_of_the_waived_right_of_reply(here: Town) -> None:
    await here.join("dlh", "pupr", "ombudsman")
    await here.start()
    wrote: dict[str, Any] = {"assignment": 1, "received_at": at(6), "text": "Kami ikut memeriksa."}
    await here.say(
        registered(tracking_id=here.tracking_id),
        here.contact(),
        assigned(here.agency(), copies=(here.code("pupr"),)),
        replies.FollowedUp(agency=here.code("pupr"), lead=False, **wrote),
        replies.Resolved(agency=here.code(), **wrote),
        replies.FollowedUp(agency=here.code(), **wrote),
        escalations.ReplyWaived(office=here.code("ombudsman"), agency=here.code(), assignment=1),
    )
    await here.ends(8)
    news = [m for m in await here.post.received(here.reporter, 5) if "Kabar" in m["Subject"]]
    assert len(news) == 2
    assert not any("ditutup" in mail.get_content() for mail in news)
    (waived,) = await here.post.received(here.address("ombudsman"))
    assert "Hak jawab gugur" in waived["Subject"]


async def test_neither_events_nor_tables_nor_agency_mails_hold_an_identity(here: Town) -> None:
    await here.join("dlh")
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id), here.contact(), assigned(here.agency(), copies=()))
    told = await here.ends(3)
    tables = await here.app.pool.fetch(
        "select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and n.nspname = 'public'"
    )
    kept = [str(tuple(row)) for table in tables for row in await here.app.pool.fetch(f"select * from {table['name']}")]
    assert any(str(here.complaint) in row for row in kept)
    (to_agency,) = await here.post.received(here.address())
    everything = [*kept, *(t.value.decode() for t in told), to_agency.as_string()]
    for planted in (here.reporter, "Siti Planted", "+628115550123"):
        assert not any(planted in text for text in everything)
    assert not any(here.address() in text for text in kept)


async def test_a_contact_that_comes_later_is_waited_for(here: Town) -> None:
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id))
    await here.applied("lapor.complaints", 1)
    await until(lambda: _attempted(here), "the sending loop looked for the contact")
    assert here.post.mails(here.reporter) == []
    await here.say(here.contact())
    (mail,) = await here.post.received(here.reporter)
    assert here.tracking_id in mail["Subject"]
    told = await here.ends(1)
    assert [(t.name, getattr(t.event, "attempts", None)) for t in told] == [("Queued", None), ("Sent", 1)]


async def _attempted(here: Town) -> bool:
    """The row was leased and put back: its next time is after its first."""
    rows = await here.rows()
    return bool(rows) and rows[0]["next_at"] > rows[0]["queued_at"] + timedelta(seconds=0.1)


async def test_without_a_contact_no_mail_is_queued_for_the_reporter(here: Town) -> None:
    await here.join("dlh")
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=()))
    told = await here.ends(1)
    assert [t.event.role for t in told if t.name == "Queued"] == ["agency"]


async def test_characters_that_no_column_can_hold_stop_nobodys_mail(here: Town) -> None:
    await here.join("dlh")
    await here.start()
    event = registered(tracking_id=here.tracking_id, has_contact=False, title="Jalan\0rusak", narrative="a\0b \u2028 c")
    await here.say(event, assigned(here.agency(), copies=()))
    (mail,) = await here.post.received(here.address())
    assert "Jalan rusak" in mail.get_content()


async def test_what_the_reporter_amends_is_in_the_mail_and_the_rest_stays(here: Town) -> None:
    await here.join("dlh")
    await here.start()
    await here.say(
        registered(tracking_id=here.tracking_id, has_contact=False),
        complaints.Amended(title="Air sungai hitam", place=Place(area_code="81.01", address="hulu jembatan")),
        complaints.Completed(narrative="Sejak Selasa."),
        assigned(here.agency(), copies=()),
    )
    (mail,) = await here.post.received(here.address())
    text = mail.get_content()
    for part in ("Air sungai hitam", "Sejak Selasa.", "hulu jembatan (81.01)", "pencemaran/sungai"):
        assert part in text
    assert TITLE not in text and NARRATIVE not in text


async def test_a_contact_without_a_mail_address_fails_as_no_address(here: Town) -> None:
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id), here.contact(email=None))
    told = await here.ends(1)
    assert (told[-1].event.reason, told[-1].event.attempts) == ("no_address", 0)


async def test_the_mail_server_is_down_and_comes_back(here: Town) -> None:
    await here.join("dlh")
    await here.post.stop()
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id), here.contact(), assigned(here.agency(), copies=()))
    await here.applied("lapor.assignments", 1)
    await until(lambda: _metric(here, "lapor_notifier_smtp_reachable") == 0, "the outage was seen")
    assert {row["state"] for row in await here.rows()} == {"waiting"}
    await here.post.start()
    told = await here.ends(3)
    # An outage is no mail's fault: nobody's attempts were used up.
    assert [t.event.attempts for t in told if t.name == "Sent"] == [1, 1, 1]
    assert (len(here.post.mails(here.reporter)), len(here.post.mails(here.address()))) == (2, 1)
    assert _metric(here, "lapor_notifier_smtp_reachable") == 1


def _metric(here: Town, name: str, **labels: str) -> float | None:
    return here.app.metrics.registry.get_sample_value(name, labels)


async def test_the_mail_server_dies_between_mails_and_comes_back(here: Town) -> None:
    await here.join("dlh")
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=()))
    await here.post.received(here.address())
    await here.post.stop()
    await here.say(reminded(**step(here)))
    await here.applied("lapor.escalations", 1)
    await here.post.start()
    assert len(await here.post.received(here.address(), 2)) == 2
    told = await here.ends(2)
    assert [t.name for t in told] == ["Queued", "Sent", "Queued", "Sent"]


async def test_a_refused_recipient_fails_and_the_others_go_through(
    here: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    here.post.answers[here.code()] = [f"550 5.1.1 <{here.address()}> user unknown"]
    await here.join("dlh", "pupr")
    await here.start()
    await here.say(
        registered(tracking_id=here.tracking_id), here.contact(), assigned(here.agency(), copies=(here.code("pupr"),))
    )
    told = await here.ends(4)
    (failed,) = [t.event for t in told if t.name == "Failed"]
    assert (failed.reason, failed.attempts) == ("refused", 1)
    assert [t.name for t in told].count("Sent") == 3
    assert here.post.mails(here.address()) == []
    assert len(here.post.mails(here.address("pupr"))) == 1
    log = "".join(capfd.readouterr())
    assert "mail not taken" in log and here.address() not in log


async def test_a_temporary_answer_is_tried_again(here: Town) -> None:
    here.post.answers[here.code()] = ["451 4.7.1 greylisted", "250 OK"]
    await here.join("dlh")
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=()))
    told = await here.ends(1)
    assert [(t.name, getattr(t.event, "attempts", None)) for t in told] == [("Queued", None), ("Sent", 2)]
    assert len(here.post.mails(here.address())) == 1


async def test_it_gives_up_in_the_end(here: Town) -> None:
    here.post.answers[here.code()] = ["452 4.2.2 mailbox full"]
    await here.join("dlh")
    await here.start(quick(give_up_attempts=3))
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=()))
    told = await here.ends(1)
    assert (told[-1].event.reason, told[-1].event.attempts) == ("gave_up", 3)


async def test_the_same_event_again_sends_nothing_again(here: Town) -> None:
    await here.join("dlh")
    await here.start()
    records = [
        here.made(registered(tracking_id=here.tracking_id, has_contact=False)),
        here.made(assigned(here.agency(), copies=())),
    ]
    await here.send([*records, *records])  # in one batch
    await here.post.received(here.address())
    await here.send(records)  # in another
    await here.stop()
    await here.send(records)  # after a restart
    await here.start()
    await here.say(reminded(**step(here)))
    mails = await here.post.received(here.address(), 2)
    told = await here.ends(2)
    assert [t.name for t in told] == ["Queued", "Sent", "Queued", "Sent"]
    assert len(mails) == len({mail["Message-ID"] for mail in mails}) == 2


async def test_an_erased_contact_is_gone_and_what_waited_for_it_fails_even_in_an_outage(here: Town) -> None:
    await here.post.stop()
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id), here.contact())
    await until(lambda: _metric(here, "lapor_notifier_smtp_reachable") == 0, "the outage was seen")
    await here.say(contacts.ContactErased())
    told = await here.ends(1)
    assert [(t.name, getattr(t.event, "reason", None)) for t in told] == [("Queued", None), ("Failed", "erased")]
    sealed = await here.app.pool.fetch("select sealed from contact where complaint = $1", here.complaint)
    assert [row["sealed"] for row in sealed] == [None]
    await here.post.start()
    await here.join("dlh")
    await here.say(assigned(here.agency(), copies=()))
    await here.post.received(here.address())
    assert here.post.mails(here.reporter) == []
    assert [t.event.role for t in await here.ends(2) if t.name == "Queued"] == ["reporter", "agency"]


async def test_a_reminder_that_is_overtaken_by_the_missed_limit_is_not_sent(here: Town) -> None:
    await here.join("dlh")
    await here.post.stop()
    await here.start()
    await here.say(
        registered(tracking_id=here.tracking_id, has_contact=False),
        assigned(here.agency(), copies=()),
        reminded(**step(here)),
        limit_missed(**step(here)),
    )
    told = await here.told(lambda told: any(t.name == "Replaced" for t in told))
    (replaced,) = [t.event for t in told if t.name == "Replaced"]
    kinds = {t.event.delivery: t.event.about_type for t in told if t.name == "Queued"}
    assert kinds[replaced.delivery] == "id.lapor.escalation.reminded.v1"
    assert kinds[replaced.by] == "id.lapor.escalation.limit-missed.v1"
    await here.post.start()
    await here.ends(3)
    subjects = [mail["Subject"] for mail in here.post.mails(here.address())]
    assert len(subjects) == 2 and not any("Pengingat" in subject for subject in subjects)


class Crash(Exception):  # noqa: N818 - what it stands for
    """The process dies here."""


async def test_a_crash_between_sending_and_noting_repeats_the_mail_with_its_message_id(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.join("dlh")
    await here.start()

    settle = here.parts.sender.settle

    async def dies(settlements: Sequence[Settlement]) -> None:
        if any(settlement.delivery.complaint == here.complaint for settlement in settlements):
            raise Crash
        await settle(settlements)

    monkeypatch.setattr(here.parts.sender, "settle", dies)
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=()))
    await here.post.received(here.address())
    await until(lambda: isinstance(here.app.failure, Crash), "the crash")
    await here.stop(kill=True)
    await here.start()
    mails = await here.post.received(here.address(), 2)
    told = await here.ends(1)
    assert len({mail["Message-ID"] for mail in mails}) == 1
    assert [(t.name, getattr(t.event, "attempts", None)) for t in told] == [("Queued", None), ("Sent", 2)]


async def test_an_outage_of_the_database_before_and_after_sending_repeats_no_mail(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.join("dlh", "pupr")
    await here.start()
    settle, complaints_of = here.parts.sender.settle, postgres.complaints_of
    outages = {"settle": 2, "read": 1}

    def fails(what: str) -> None:
        outages[what] -= 1
        if outages[what] >= 0:
            raise ConnectionResetError

    async def settling(*args: Any) -> None:
        fails("settle")
        await settle(*args)

    async def reading(*args: Any) -> Any:
        fails("read")
        return await complaints_of(*args)

    monkeypatch.setattr(here.parts.sender, "settle", settling)
    monkeypatch.setattr(postgres, "complaints_of", reading)
    copies = (here.code("pupr"),)
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=copies))
    told = await here.ends(2)
    assert [t.name for t in told].count("Sent") == 2
    assert max(outages.values()) < 0
    assert [len(here.post.mails(here.address(kind))) for kind in ("dlh", "pupr")] == [1, 1]


async def test_a_stop_while_mails_are_on_their_way_repeats_none(here: Town) -> None:
    here.post.delay = 0.3
    kinds = [f"d{n}" for n in range(12)]
    await here.join("dlh", *kinds)
    await here.start(smtp_connections=2)
    copies = tuple(here.code(kind) for kind in kinds)
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=copies))
    await here.post.received(here.address(), 1)
    await here.stop()
    early = len(list(here.post.folder.glob("*.eml")))
    assert early < 13
    here.post.delay = 0.0
    await here.start()
    await here.ends(13)
    assert [len(here.post.mails(here.address(kind))) for kind in ("dlh", *kinds)] == [1] * 13


async def test_an_agency_that_the_register_does_not_have_yet_is_waited_for(here: Town) -> None:
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=()))
    await here.applied("lapor.assignments", 1)
    await until(lambda: _attempted(here), "the sending loop looked for the address")
    await here.join("dlh")
    await here.post.received(here.address())


async def test_an_agency_that_never_comes_into_the_register_has_no_address(here: Town) -> None:
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id, has_contact=False), assigned(here.agency(), copies=()))
    await here.applied("lapor.assignments", 1)
    await here.app.pool.execute(
        "update delivery set queued_at = queued_at - interval '61 minutes', next_at = now() where complaint = $1",
        here.complaint,
    )
    told = await here.ends(1)
    assert told[-1].event.reason == "no_address"


async def test_the_highest_number_of_a_register_entry_wins_whenever_it_comes(here: Town) -> None:
    await here.join("dlh", number=2)
    await here.join("dlh", number=1, emails={"dlh": "lama@instansi.example"})
    await here.start()
    await until(here.parts.register.caught_up.is_set, "the register is read")
    assert here.parts.register.emails[here.code()] == here.address()
    await here.join("dlh", number=3, emails={"dlh": f"baru-{here.address()}"})
    await until(lambda: here.parts.register.emails[here.code()] == f"baru-{here.address()}", "the new address")


async def test_it_is_ready_once_the_register_is_read(here: Town) -> None:
    await here.join("dlh")
    await here.start()
    check = here.app.health.ready["register"]
    await until(lambda: check() is None, "ready")
    assert here.code() in here.parts.register.names


async def test_an_operator_sees_the_deliveries_and_no_address(here: Town) -> None:
    await here.join("dlh")
    await here.start()
    await here.say(registered(tracking_id=here.tracking_id), here.contact(), assigned(here.agency(), copies=()))
    await here.ends(3)
    for number in (here.tracking_id, str(here.complaint)):
        result = await asyncio.to_thread(
            CliRunner().invoke,
            commands,
            ["deliveries", number],
            env={"LAPOR_NOTIFIER_DATABASE_URL": here.stack.database_url("notifier")},
        )
        assert result.exit_code == 0, result.output
        assert "agency_assigned" in result.output and here.code() in result.output
        assert "3 messages" in result.output
        assert "@" not in result.output
    missing = await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        ["deliveries", "0000000000"],
        env={"LAPOR_NOTIFIER_DATABASE_URL": here.stack.database_url("notifier")},
    )
    assert (missing.exit_code, missing.exception.__class__) == (1, SystemExit)
