"""The router alone on the real broker and database: its neighbours are events, the results are read as outsiders."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts import agency_replies, complaints, decisions, escalations
from lapor_contracts.base import Attachment, Place
from lapor_deploy.stack import Stack
from lapor_router import credentials
from lapor_router.commands import agency
from typer.testing import CliRunner, Result

from tests.support.router import (
    Read,
    World,
    join,
    operators_environment,
    registered,
    running,
)

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]
AGENCIES = ("6407-pupr", "6407-diskominfo", "6407-dlh", "6407-bpbd", "komdigi", "bws-64", "64-diskominfo", "64-pupr")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    await join(stack, AGENCIES)
    async with running(stack) as started:
        yield started


async def test_a_regency_road_from_registration_to_resolution(world: World) -> None:
    complaint = await world.complaint()
    (told,) = await world.read("lapor.agency.6407-pupr", complaint, 1)
    (assigned,) = await world.read("lapor.assignments", complaint, 1)
    assert assigned.event.agency.code == "6407-pupr"
    assert assigned.event.outlet_number == told.envelope.number == 1
    assert assigned.envelope.after == {"lapor.complaints": 1}
    assert told.event.narrative == "Jalan kampung berlubang."
    before = wall_now()
    await world.reply("6407-pupr", complaint, agency_replies.AgencyAccepted(assignment=1))
    await world.reply("6407-pupr", complaint, agency_replies.AgencyFollowedUp(assignment=1, text="Di lapangan."))
    await world.reply("6407-pupr", complaint, agency_replies.AgencyResolved(assignment=1, text="Selesai."))
    replies = await world.read("lapor.replies", complaint, 3)
    assert [(r.name, r.envelope.number, r.event.assignment) for r in replies] == [
        ("Accepted", 1, 1), ("FollowedUp", 2, 1), ("Resolved", 3, 1),
    ]  # fmt: skip
    # When the broker got it, not when it was read; the broker's clock has milliseconds.
    assert all(before - timedelta(seconds=1) <= r.event.received_at <= wall_now() for r in replies)


async def test_declined_with_a_suggestion_is_re_assigned_and_the_old_number_is_dead(world: World) -> None:
    complaint = await world.complaint(category="jaringan/menara-internet")
    await world.reply(
        "6407-diskominfo",
        complaint,
        agency_replies.AgencyDeclined(assignment=1, reason="Jaringan bukan wewenang kami.", suggested="komdigi"),
    )
    assignments = await world.read("lapor.assignments", complaint, 3)
    assert [(a.name, a.envelope.number) for a in assignments] == [("Assigned", 1), ("Released", 2), ("Assigned", 3)]
    assert (assignments[2].event.agency.code, assignments[2].event.round) == ("komdigi", 2)
    outlet = await world.read("lapor.agency.6407-diskominfo", complaint, 2)
    assert [o.name for o in outlet] == ["AgencyAssigned", "AgencyReleased"]
    late = await world.reply("6407-diskominfo", complaint, agency_replies.AgencyResolved(assignment=1, text="-"))
    await world.reply("komdigi", complaint, agency_replies.AgencyAccepted(assignment=1))
    replies = await world.read("lapor.replies", complaint, 2)
    assert [(r.name, r.event.agency, r.event.assignment) for r in replies] == [
        ("Declined", "6407-diskominfo", 1), ("Accepted", "komdigi", 3),
    ]  # fmt: skip
    (*_, rejected) = await world.read("lapor.agency.6407-diskominfo", complaint, 3)
    assert (rejected.event.reply, rejected.event.reason) == (late.id, "not_current")


async def test_an_undecided_complaint_waits_for_a_person(world: World) -> None:
    complaint = await world.complaint(place=Place())
    needs, asked = await world.read("lapor.assignments", complaint, 2)
    assert (needs.name, needs.event.why, asked.name) == ("NeedsDecision", "no_area", "QuestionAsked")
    routed = decisions.DecisionRouted(decided_by="Admin provinsi", agency="6407-dlh", reason="Menurut foto.")
    await world.decide(complaint, routed)
    (*_, assigned) = await world.read("lapor.assignments", complaint, 3)
    assert (assigned.event.agency.code, assigned.event.reason) == ("6407-dlh", "decision")
    await world.read("lapor.agency.6407-dlh", complaint, 1)


async def test_what_the_reporter_does_reaches_the_outlets(world: World) -> None:
    complaint = await world.complaint(category="banjir/sungai")
    await world.core(complaint, complaints.Amended(narrative="Air naik lagi."))
    await world.core(complaint, complaints.ReporterReplied(text="Belum surut."))
    await world.core(complaint, complaints.Withdrawn())
    lead = await world.read("lapor.agency.bws-64", complaint, 5)
    assert [(e.name, e.envelope.number) for e in lead] == [
        ("AgencyAssigned", 1), ("AgencyAmended", 2), ("AgencyReporterReplied", 3), ("AgencyReleased", 4),
        ("AgencyWithdrawn", 5),
    ]  # fmt: skip
    copy = await world.read("lapor.agency.6407-bpbd", complaint, 4)
    assert [e.name for e in copy] == ["AgencyAssigned", "AgencyAmended", "AgencyReleased", "AgencyWithdrawn"]
    assert [e.event.lead for e in (lead[0], copy[0])] == [True, False]


async def test_reopened_is_a_new_assignment_of_the_same_agency(world: World) -> None:
    complaint = await world.complaint()
    await world.reply("6407-pupr", complaint, agency_replies.AgencyResolved(assignment=1, text="Selesai."))
    await world.read("lapor.replies", complaint, 1)
    await world.core(complaint, complaints.Reopened(assignment=1, reason="Masih berlubang."))
    (_, again) = await world.read("lapor.assignments", complaint, 2)
    assert (again.event.reason, again.event.agency.code, again.event.outlet_number) == ("reopened", "6407-pupr", 2)


async def test_escalations_reach_the_agency_with_the_number_that_it_knows(world: World) -> None:
    complaint = await world.complaint()
    limit = escalations.Limit(rule="first_response", value=5, unit="working_days", source="test")
    due = wall_now()
    await world.core(complaint, escalations.Reminded(clock="agency", assignment=1, limit=limit, due_at=due))
    await world.core(complaint, escalations.Reprimanded(office="ombudsman-64", assignment=1, text="Teguran."))
    outlet = await world.read("lapor.agency.6407-pupr", complaint, 3)
    assert [(e.name, e.event.assignment) for e in outlet[1:]] == [("AgencyReminded", 1), ("AgencyReprimanded", 1)]


async def test_asked_by_the_ombudsman_after_the_closing_the_agency_still_explains(world: World) -> None:
    complaint = await world.complaint(category="banjir/sungai")
    await world.reply("6407-bpbd", complaint, agency_replies.AgencyFollowedUp(assignment=1, text="Perahu dikirim."))
    await world.read("lapor.replies", complaint, 1)
    await world.reply("bws-64", complaint, agency_replies.AgencyResolved(assignment=1, text="Surut."))
    await world.read("lapor.replies", complaint, 2)
    asked = escalations.ClarificationAsked(
        office="ombudsman-64",
        agency="bws-64",
        assignment=1,
        round=1,
        text="Mengapa baru sekarang?",
        answer_by=wall_now(),
    )
    await world.core(complaint, asked)
    (_, told) = await world.read("lapor.agency.bws-64", complaint, 2)
    assert (told.name, told.event.assignment, told.event.text) == (
        "AgencyClarificationAsked", 1, "Mengapa baru sekarang?",
    )  # fmt: skip
    photo = Attachment(id="KTP Budi 6407161203850001.jpg", media_type="image/budi", size=7, sha256="a" * 64)
    explained = agency_replies.AgencyFollowedUp(assignment=1, text="Alat berat rusak.", attachments=(photo,))
    await world.reply("bws-64", complaint, explained)
    replies = await world.read("lapor.replies", complaint, 3)
    assert [(r.name, r.event.agency, getattr(r.event, "lead", None)) for r in replies] == [
        ("FollowedUp", "6407-bpbd", False), ("Resolved", "bws-64", None), ("FollowedUp", "bws-64", True),
    ]  # fmt: skip
    assert replies[2].event.attachments == (
        photo.model_copy(update={"id": "a" * 64, "media_type": "application/octet-stream"}),
    )
    again = await world.reply("bws-64", complaint, agency_replies.AgencyResolved(assignment=1, text="Surut."))
    (*_, refused) = await world.read("lapor.agency.bws-64", complaint, 3)
    assert (refused.event.reply, refused.event.reason) == (again.id, "already_closed")


async def test_missing_data_that_never_came_is_archived_by_the_timer(world: World) -> None:
    complaint = uuid7()
    long_ago = wall_now() - timedelta(days=11)
    await world.core(complaint, registered(complete=False, received_at=long_ago))
    (archived,) = await world.read("lapor.assignments", complaint, 1)
    assert (archived.name, archived.event.reason) == ("Archived", "no_data")


async def test_who_joins_while_the_router_runs_gets_complaints_at_once(world: World) -> None:
    await world.fetch("delete from agency where code = '6411-disdikbud'")
    here = {"category": "sekolah/paud-sd-smp", "place": Place(area_code="64.11")}
    async with asyncio.timeout(20):
        while (await _first(world, **here)).name != "NeedsDecision":
            pass
    await join(world.stack, ["6411-disdikbud"])
    assigned = await _first(world, **here)
    assert assigned.event.agency.code == "6411-disdikbud"
    # Its replies are heard too: the router finds the new topic by itself.
    complaint = UUID(assigned.envelope.subject)
    await world.reply("6411-disdikbud", complaint, agency_replies.AgencyAccepted(assignment=1))
    await world.read("lapor.replies", complaint, 1)


async def test_who_joins_while_the_router_is_away_is_heard(world: World) -> None:
    """A static member comes back into a group that does not know the new topic."""
    complaint = await world.complaint()
    await world.reply("6407-pupr", complaint, agency_replies.AgencyAccepted(assignment=1))
    await world.read("lapor.replies", complaint, 1)
    await world.restart(meanwhile=join(world.stack, ["6401-bpbd"]), kill=True)
    complaint = await world.complaint(category="banjir/sungai", place=Place(area_code="64.01"))
    await world.reply("6401-bpbd", complaint, agency_replies.AgencyFollowedUp(assignment=1, text="Perahu dikirim."))
    await world.read("lapor.replies", complaint, 1)


async def _first(world: World, **changes: Any) -> Read:
    """What the router says first of a new complaint."""
    complaint = await world.complaint(**changes)
    return (await world.read("lapor.assignments", complaint, 1))[0]


async def test_joining_twice_changes_nothing_and_a_change_has_the_next_number(world: World) -> None:
    code, name = "6411-dishub", "Dinas Perhubungan Mahakam Ulu"
    await join(world.stack, [code])
    await join(world.stack, [code])
    await join(world.stack, [code], _6411_dishub={"name": name})
    entries = await world.until("lapor.agencies", lambda found: any(e.event.name == name for e in found))
    mine = [(e.envelope.number, e.event.name) for e in entries if e.envelope.subject == code]
    assert mine == [(1, "Dinas Perhubungan Kabupaten Mahakam Ulu"), (2, name)]
    await join(world.stack, [code])


async def test_the_credential_file_is_all_that_an_agency_needs(world: World) -> None:
    complaint = await world.complaint()
    properties, as_json = credentials.paths(world.stack.data, "6407-pupr")
    assert {path.stat().st_mode & 0o777 for path in (properties, as_json)} == {0o600}
    mine = json.loads(as_json.read_text())
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        "lapor.agency.6407-pupr", group_id=mine["username"], auto_offset_reset="earliest",
        bootstrap_servers=mine["bootstrap"], security_protocol=mine["security_protocol"],
        sasl_mechanism="SCRAM-SHA-512", sasl_plain_username=mine["username"], sasl_plain_password=mine["password"],
    )  # fmt: skip
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            async for record in consumer:
                if record.key == str(complaint).encode():
                    break
    finally:
        await consumer.stop()


async def test_the_command_joins_lists_and_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lapor agency` as an operator types it."""
    for name, value in operators_environment(world.stack).items():
        monkeypatch.setenv(name, value)

    async def lapor_agency(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, agency, list(words))

    await world.fetch("delete from agency where code in ('6402-pupr', 'panrb')")
    there = {row["code"] for row in await world.fetch("select code from agency")}
    joined = await lapor_agency("join", "6408-pupr", "6408-dlh")
    assert joined.exit_code == 0, joined.output
    above = (
        "6408-inspektorat", "ombudsman-64", "panrb", "64-diskominfo", "64-inspektorat", "ombudsman-ri",
        "itjen-kemendagri",
    )  # fmt: skip
    new = [code for code in above if code not in there]
    assert f"with their superiors, administrators and Ombudsman offices: {', '.join(new)}" in joined.output
    assert f"{2 + len(new)} agencies are in the register" in joined.output
    assert "64-inspektorat" in (await lapor_agency("show", "6408-inspektorat")).output
    again = await lapor_agency("join", "6408-pupr")
    assert "(0 new or changed, 0 topics made)" in again.output
    await world.fetch(
        "update agency set entry = jsonb_set(entry::jsonb, '{email}', '\"baru@kaltim.example\"')::json "
        "where code = '64-diskominfo'"
    )
    assert "administrators" not in (await lapor_agency("join", "6408-dlh")).output
    assert "baru@kaltim.example" in (await lapor_agency("show", "64-diskominfo")).output
    assert "6408-dlh" in (await lapor_agency("list")).output
    shown = await lapor_agency("show", "6408-pupr")
    assert "lapor.agency-replies.6408-pupr" in shown.output and "6408-inspektorat" in shown.output
    for words, problem in (
        (("join", "6408-bupati"), "no such agency"), (("join",), "or say --all"),
        (("show", "6402-pupr"), "has not joined"), (("show", "x-y"), "there is no agency"),
    ):  # fmt: skip
        refused = await lapor_agency(*words)
        assert (refused.exit_code, problem in refused.output) == (1, True), refused.output
    monkeypatch.setenv("LAPOR_ROUTER_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
    refused = await lapor_agency("list")
    assert refused.exit_code == 1 and "does not answer" in refused.output
    assert "Traceback" not in refused.output
