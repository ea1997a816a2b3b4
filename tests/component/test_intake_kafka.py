"""Sealed submissions on the real broker: a receipt for each, whatever a channel writes, and nothing twice."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from joserfc.jwk import OKPKey
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts import complaints
from lapor_contracts.contacts import ContactErased, ContactSet
from lapor_contracts.envelope import Envelope, encode
from lapor_contracts.receipts import ReceiptAccepted, ReceiptRefused
from lapor_contracts.submissions import SubmissionSealed
from lapor_deploy.stack import Stack
from lapor_intake.commands import intake as commands
from lapor_intake.domain.access import access_code
from lapor_intake.keys import load_keys
from lapor_intake.resolving import Resolver
from lapor_intake.seal import sealer
from lapor_intake.vault import Vault, WrongKey
from typer.testing import CliRunner

from tests.support.intake import CHANNEL, EMAIL, NAME, NIK, PHONE, PLANTED, World, complaint, make_settings, running

# One running service for the file, as in life; each test brings complaints of its own.
pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]
# A killed process closes nothing.
left_open = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
TOPIC = f"lapor.submissions.{CHANNEL}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    async with running(stack) as world:
        yield world


async def _complaint_of(world: World, receipt: Any) -> UUID:
    found = await world.app.pool.fetchval("select complaint from tracking where tracking_id = $1", receipt.tracking_id)
    assert isinstance(found, UUID)
    return found


async def test_a_sealed_submission_becomes_a_complaint_and_a_receipt(world: World) -> None:
    submission = await world.submit({"kind": "new", **complaint(anonymous=True)})
    receipt = await world.receipt(submission)
    assert isinstance(receipt, ReceiptAccepted)
    subject = await _complaint_of(world, receipt)
    keys = load_keys(world.settings)
    assert receipt.access_code == access_code(keys.access, subject)
    (registered,) = await world.events("lapor.complaints", subject, 1)
    assert isinstance(registered.event, complaints.Registered)
    assert registered.event.channel == CHANNEL
    assert registered.event.anonymous
    assert not [value for value in PLANTED if value.lower() in registered.value.decode().lower()]
    (contact,) = await world.events("lapor.contacts", subject, 1)
    assert world.contact(contact.event).email == EMAIL
    # What waited in the outbox held neither the access code nor the contact.
    rows = await world.app.pool.fetch("select topic, body, reference from outbox where key = any($1)",
                                      [str(subject), str(submission)])  # fmt: skip
    assert {row["topic"]: row["body"] is None for row in rows} == {
        "lapor.complaints": False, "lapor.contacts": True, f"lapor.receipts.{CHANNEL}": True,
    }  # fmt: skip
    assert not [row for row in rows if receipt.access_code in f"{row['body']}{row['reference']}"]


async def test_the_broker_says_when_it_was_received(world: World) -> None:
    before = wall_now()
    receipt = await world.receipt(await world.submit({"kind": "new", **complaint()}))
    (registered,) = await world.events("lapor.complaints", await _complaint_of(world, receipt), 1)
    assert abs(registered.event.received_at - before) < timedelta(seconds=15)


async def test_with_the_access_code_a_channel_acts_on_the_complaint(world: World) -> None:
    receipt = await world.receipt(await world.submit({"kind": "new", **complaint()}))
    subject = await _complaint_of(world, receipt)
    key = {"tracking_id": receipt.tracking_id, "access_code": receipt.access_code}
    right = await world.submit({"kind": "amend", "title": f"Kata {NAME}: jalan makin rusak", **key})
    early = await world.submit({"kind": "rate", "stars": 5, **key})
    wrong = await world.submit({"kind": "withdraw", **key, "access_code": "00000000"})
    accepted = await world.receipt(right)
    assert isinstance(accepted, ReceiptAccepted)
    assert accepted.access_code is None
    refused = await world.receipt(early)
    assert (refused.reason, "Yang dapat dilakukan" in refused.text_id) == ("not_possible_now", True)
    assert (await world.receipt(wrong)).reason == "wrong_access_code"
    amended = (await world.events("lapor.complaints", subject, 2))[1]
    assert isinstance(amended.event, complaints.Amended)
    assert amended.event.title == "Kata [disamarkan]: jalan makin rusak"
    withdrawn = await world.submit({"kind": "withdraw", **key})
    assert isinstance(await world.receipt(withdrawn), ReceiptAccepted)
    after = await world.receipt(await world.submit({"kind": "reply", "text": "halo", **key}))
    assert after.reason == "not_possible_now"
    assert "Diarsipkan" in after.text_id


def _old_uuid7() -> UUID:
    """A year old."""
    stamp = int((wall_now() - timedelta(days=365)).timestamp() * 1000)
    value = (stamp << 80) | (0x7 << 76) | (0x2 << 62) | (uuid7().int & ((1 << 62) - 1))
    return UUID(int=value)


def _headers(submission: UUID, **changes: Any) -> list[tuple[str, Any]]:
    own = Envelope(id=submission, type=SubmissionSealed.type, source="urn:lapor:channel", subject=str(submission),
                   time=wall_now())  # fmt: skip
    headers: dict[str, Any] = dict(encode(own))
    headers.update({name.replace("content_type", "content-type"): value for name, value in changes.items()})
    return [(name, value) for name, value in headers.items() if value != b"(none)"]


def _sealed(world: World, body: bytes, key: OKPKey | None = None) -> bytes:
    sealing = key or load_keys(world.settings).sealing
    return SubmissionSealed(sealed=sealer(sealing).seal(body)).model_dump_json().encode()


def _changed(world: World, body: bytes, **changes: Any) -> bytes:
    return _sealed(world, json.dumps({**json.loads(body), **changes}).encode())


async def test_bad_submissions_get_their_receipts_and_good_ones_around_them_go_through(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    old, not7 = _old_uuid7(), UUID("6f9619ff-8b86-4011-b42d-00c04fc964ff")
    good = json.dumps({"kind": "new", **complaint()}).encode()
    stranger = OKPKey.generate_key("X25519", private=True)
    odd = base64.urlsafe_b64encode(b'["no object"]').rstrip(b"=").decode() + "....".join(["", "x"])
    bad: list[tuple[bytes | None, dict[str, Any], UUID | None, str, str]] = [
        (b"\x00\xffnot json " + NIK.encode(), {}, None, "unreadable", "not_json"),
        (b"{}", {}, None, "invalid", "invalid_body:missing"),
        (json.dumps({"sealed": NAME}).encode(), {}, None, "invalid", "invalid_body:string_pattern_mismatch"),
        (None, {}, None, "unreadable", "tombstone"),
        (_sealed(world, good, stranger), {}, None, "cannot_open", "cannot_open"),
        (json.dumps({"sealed": odd}).encode(), {}, None, "cannot_open", "cannot_open"),
        (_sealed(world, b"no json " + NAME.encode()), {}, None, "invalid", "invalid"),
        (_sealed(world, b'{"kind": "' + NAME.encode() + b'"}'), {}, None, "invalid", "invalid"),
        (_changed(world, good, **{NAME: NIK}), {}, None, "invalid", "invalid"),
        (_changed(world, good, narrative="Nol \0 di jalan desa"), {}, None, "invalid", "invalid"),
        (_changed(world, good, attachments=[{"id": "", "size": "x"}] * 20), {}, None, "invalid", "invalid"),
        (_sealed(world, good), {}, old, "id_too_old", "id_too_old"),
        (_sealed(world, good), {}, not7, "id_not_uuid7", "id_not_uuid7"),
        (_sealed(world, good), {"ce_type": b"id.lapor.submission.sealed.v9"}, None, "unreadable", "unknown_type"),
        (_sealed(world, good), {"ce_type": ReceiptAccepted.type.encode()}, None, "unreadable", "wrong_type_for_topic"),
        (b'{"sealed": "' + b"A" * 950_000 + b'"}', {}, None, "too_large", "too_large"),
    ]  # fmt: skip
    since = len(await world.app.pool.fetch("select 1 from dead_letter where topic = $1", TOPIC))
    first = await world.submit({"kind": "new", **complaint()})
    sent: list[tuple[UUID, str]] = []
    for value, changes, given, reason, _ in bad:
        submission = given or uuid7()
        await world.send_submission(value, submission=submission, headers=_headers(submission, **changes), partition=0)
        sent.append((submission, reason))
    last = await world.submit({"kind": "new", **complaint()})
    for submission, reason in sent:
        receipt = await world.receipt(submission)
        assert isinstance(receipt, ReceiptRefused)
        assert receipt.reason == reason
        assert receipt.text_id
        assert not [value for value in PLANTED if value in receipt.model_dump_json()]
    for submission in (first, last):
        assert isinstance(await world.receipt(submission), ReceiptAccepted)
    dead = await world.dead_letters(TOPIC, len(bad), since)
    assert sorted(letter.reason for letter in dead) == sorted(letter for *_, letter in bad)
    kept = await world.app.pool.fetch("select value, headers from dead_letter where topic = $1", TOPIC)
    assert all(row["value"] is None and row["headers"] is None for row in kept)
    logs = capfd.readouterr()
    assert "dead letter" in logs.out + logs.err
    assert not [value for value in PLANTED if value in logs.out + logs.err]


async def test_headers_that_cannot_be_read(world: World) -> None:
    since = len(await world.app.pool.fetch("select 1 from dead_letter where topic = $1", TOPIC))
    value = _sealed(world, json.dumps({"kind": "new", **complaint()}).encode())
    broken: list[list[tuple[str, Any]]] = [
        [],
        _headers(uuid7(), ce_specversion=b"2.0"),
        _headers(uuid7(), ce_source=b"\xff\xfe"),
        _headers(uuid7(), ce_id=b"not a uuid"),
        _headers(uuid7(), ce_time=b"(none)"),
    ]
    for headers in broken:
        await world.send_submission(value, headers=headers)
    good = await world.submit({"kind": "new", **complaint()})
    assert isinstance(await world.receipt(good), ReceiptAccepted)
    dead = await world.dead_letters(TOPIC, len(broken), since)
    assert {letter.reason for letter in dead} == {
        "no_header", "wrong_spec_version", "header_not_utf8", "not_a_uuid",
    }  # fmt: skip
    receipt = await world.receipt(None)
    assert receipt.reason == "unreadable"


@left_open
async def test_the_same_submission_in_one_batch_in_two_and_after_a_crash_is_one_complaint(world: World) -> None:
    body = {"kind": "new", **complaint()}
    submission = uuid7()
    value = _sealed(world, json.dumps(body).encode())
    for _ in range(3):
        await world.send_submission(value, submission=submission, partition=1)
    receipt = await world.receipt(submission)
    subject = await _complaint_of(world, receipt)
    await world.send_submission(value, submission=submission, partition=1)
    await world.restart(kill=True)
    await world.send_submission(value, submission=submission, partition=1)
    marker = await world.submit(body)
    later = await world.receipt(marker)
    assert later.tracking_id != receipt.tracking_id
    rows = await world.app.pool.fetch("select distinct topic from outbox where key = $1", str(submission))
    assert [row["topic"] for row in rows] == [f"lapor.receipts.{CHANNEL}"]
    assert await world.app.pool.fetchval("select count(*) from outbox where key = $1", str(submission)) == 1
    assert len({one.envelope.id for one in await world.events("lapor.complaints", subject, 1)}) == 1


async def test_the_same_id_from_two_channels_is_two_submissions(world: World) -> None:
    submission = uuid7()
    for channel in ("sms", "web"):
        await world.submit({"kind": "new", **complaint()}, submission=submission, channel=channel)
    one = await world.receipt(submission, channel="sms")
    other = await world.receipt(submission, channel="web")
    assert one.tracking_id != other.tracking_id


@left_open
async def test_what_was_committed_before_a_crash_is_published_after_it(world: World) -> None:
    submissions = [await world.submit({"kind": "new", **complaint()}) for _ in range(5)]
    subject, tracking_id, _ = await world.registered()
    await world.restart(kill=True)
    for submission in submissions:
        assert isinstance(await world.receipt(submission), ReceiptAccepted)
    # A crash may publish it twice: the same event, with the same number.
    registered = await world.events("lapor.complaints", subject, 1)
    assert {(one.envelope.id, one.envelope.number) for one in registered} == {(registered[0].envelope.id, 1)}
    assert registered[0].event.tracking_id == tracking_id
    contact = (await world.events("lapor.contacts", subject, 1))[0]
    assert world.contact(contact.event).phone == PHONE


async def test_erasing_a_reporter_destroys_the_key_and_tells_it_for_every_complaint(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = {"name": "Budi Erasmus", "nik": "6407160101800007", "email": "budi.erasmus@example.com"}
    mine = [await world.registered(reporter=reporter) for _ in range(3)]
    other, *_ = await world.registered()
    for subject, *_ in mine:
        await world.events("lapor.contacts", subject, 1)
    pool = world.app.pool
    assert await pool.fetchval("select count(distinct reporter) from identity where complaint = any($1)",
                               [subject for subject, *_ in mine]) == 1  # fmt: skip
    monkeypatch.setenv("LAPOR_INTAKE_DATABASE_URL", world.settings.database_url.get_secret_value())
    result = await _run("erase", mine[0][1], "--who", "petugas PDP", "--why", "permintaan pelapor")
    assert (result.exit_code, result.output.strip().splitlines()[-1]) == (0, "erased: 3 complaints")
    for subject, *_ in mine:
        read = await world.events("lapor.contacts", subject, 2)
        assert [type(one.event) for one in read] == [ContactSet, ContactErased]
        assert [one.envelope.number for one in read] == [1, 2]
    assert await pool.fetchval("select count(*) from identity where complaint = any($1)", [s for s, *_ in mine]) == 0
    keys = load_keys(world.settings)
    vault = Vault(keys.master, keys.index)
    blind = vault.blind("reporter", "nik:6407160101800007")
    assert await pool.fetchval("select count(*) from reporter where blind_index = $1", blind) == 0
    assert await pool.fetchval("select count(*) from identity where complaint = $1", other) == 1
    order = await pool.fetchrow("select who, why, complaints from erasure order by id desc limit 1")
    assert order is not None
    assert tuple(order) == ("petugas PDP", "permintaan pelapor", 3)
    # A contact that is published after the erasure is empty; a resend cannot bring the identity back.
    resolver = Resolver(vault, keys.access, keys.notifier, world.app.clock)
    async with pool.acquire() as conn, conn.transaction():
        made = await resolver(conn, [f"contact:{mine[0][0]}"])
    assert made == {f"contact:{mine[0][0]}": ContactSet(sealed=None)}
    again = await _run("erase", mine[1][1], "--who", "x", "--why", "y")
    assert "no identity was kept: 0 complaints" in again.output
    unknown = await _run("erase", "1234567897", "--who", "x", "--why", "y")
    assert unknown.exit_code == 1
    # Whoever comes again is a new reporter.
    returned, *_ = await world.registered(reporter=reporter)
    (contact,) = await world.events("lapor.contacts", returned, 1)
    assert world.contact(contact.event).email == "budi.erasmus@example.com"


async def _run(*arguments: str) -> Any:
    """The command blocks: in a thread, as the service must go on meanwhile."""
    import asyncio

    return await asyncio.to_thread(CliRunner().invoke, commands, list(arguments))


async def test_another_key_than_the_databases_is_refused_at_start(world: World, stack: Stack) -> None:
    settings, _ = make_settings(stack)
    keys = load_keys(settings)
    async with world.app.pool.acquire() as conn:
        await Vault(keys.master, keys.index).check_keys(conn, master=keys.master)
        with pytest.raises(WrongKey, match="master"):
            await Vault(keys.master, keys.index).check_keys(conn, master=b"x" * 32)


async def test_no_identity_lies_in_the_clear_in_any_table(world: World) -> None:
    subject, tracking_id, code = await world.registered()
    receipt = await world.receipt(await world.submit({"kind": "new", **complaint()}))
    reply = {"text": f"Saya {NAME}, {PHONE}, {EMAIL}, NIK {NIK}"}
    await world.post(f"/{tracking_id}/replies", reply, Access_Code=code)
    await world.send_submission(json.dumps({"sealed": NAME}).encode())
    await world.events("lapor.contacts", subject, 1)
    tables = await world.app.pool.fetch("select relname from pg_class where relkind in ('r', 'p') and relnamespace = "
                                        "'public'::regnamespace")  # fmt: skip
    assert {"identity", "outbox", "subject", "dead_letter", "http_request"} <= {row["relname"] for row in tables}
    forms = [form for value in PLANTED for form in _forms(value)]
    forms += [code, receipt.access_code]
    for table in tables:
        name = table["relname"]
        rows = await world.app.pool.fetch(f"select t::text as row from {name} t")
        everything = "\n".join(row["row"] for row in rows).lower()
        # bytea shows as hex: what it says is searched too
        for form in forms:
            assert form.lower() not in everything, f"{name} holds what only the vault may know"
            assert form.encode().hex() not in everything, f"{name} holds what only the vault may know, in bytes"


def _forms(value: str) -> list[str]:
    return [value, value.encode().hex(), base64.b64encode(value.encode()).decode().rstrip("=")[:-1]]
