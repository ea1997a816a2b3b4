"""Agencies leave, merge and are renamed while the router runs, as typed by an operator, on the real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from lapor_chassis.clock import wall_now
from lapor_contracts import agency_replies, decisions
from lapor_contracts.base import Place
from lapor_deploy.stack import Stack
from lapor_router import handing_over
from lapor_router.commands import agency
from lapor_router.domain.area import local_day
from typer.testing import CliRunner, Result

from tests.support.router import World, join, operators_environment, running

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]
# Each test has its own, for they may run in any order.
AGENCIES = (
    "6401-pupr", "6401-dpmd", "6402-pupr", "6403-pupr", "6407-pupr", "6408-pupr", "6408-dlh", "6409-pupr", "6409-dlh",
    "6411-dlh", "64-diskominfo", "64-pupr",
)  # fmt: skip
PASER, KUTAI_KARTANEGARA, BERAU, KUTAI_TIMUR, MAHAKAM_ULU = (
    Place(area_code=f"64.{code}") for code in ("01", "02", "03", "08", "11")
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    await join(stack, AGENCIES)
    async with running(stack) as started:
        yield started


@pytest.fixture(autouse=True)
def signed_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in operators_environment(world.stack).items():
        monkeypatch.setenv(name, value)


def today() -> date:
    """The day that has come in all of Indonesia."""
    return local_day(wall_now(), "WIB")


async def typed(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, agency, list(words))


async def done(*words: str) -> str:
    result = await typed(*words)
    assert result.exit_code == 0, result.output
    return result.output


async def refused(*words: str) -> str:
    result = await typed(*words)
    assert result.exit_code == 1 and result.output.startswith("lapor: "), result.output
    assert result.output.count("\n") == 1, result.output
    return result.output.rstrip("\n")


async def test_a_merged_agency_hands_over_and_the_successor_answers(world: World) -> None:
    complaint = await world.complaint(place=PASER)
    done_before = await world.complaint(place=PASER)
    await world.reply("6401-pupr", done_before, agency_replies.AgencyResolved(assignment=1, text="Selesai."))
    await world.read("lapor.replies", done_before, 1)
    said = await done("merge", "6401-pupr", "--into", "6401-dpmd", "--on", str(today()))
    assert "its open complaints go to 6401-dpmd" in said
    first, released, assigned = await world.read("lapor.assignments", complaint, 3)
    assert (first.event.agency.code, released.event.reason) == ("6401-pupr", "agency_left")
    assert (assigned.event.agency.code, assigned.event.reason, assigned.event.round) == ("6401-dpmd", "moved", 2)
    outlet = await world.read("lapor.agency.6401-pupr", complaint, 2)
    assert [(told.name, getattr(told.event, "reason", None)) for told in outlet][1] == ("AgencyReleased", "agency_left")
    late = await world.reply("6401-pupr", complaint, agency_replies.AgencyResolved(assignment=1, text="-"))
    (*_, rejected) = await world.read("lapor.agency.6401-pupr", complaint, 3)
    assert (rejected.event.reply, rejected.event.reason) == (late.id, "unknown_agency")
    await world.reply("6401-dpmd", complaint, agency_replies.AgencyAccepted(assignment=1))
    (accepted,) = await world.read("lapor.replies", complaint, 1)
    assert (accepted.event.agency, accepted.event.assignment) == ("6401-dpmd", 3)
    # What was closed stays as it was.
    assert len(await world.read("lapor.assignments", done_before, 1)) == 1
    entries = await world.until("lapor.agencies", lambda found: any(e.event.successor for e in found))
    assert entries[-1].event.code == "6401-pupr" and entries[-1].event.left_on == today()


async def test_who_left_without_a_successor_is_replaced_by_the_rules(world: World) -> None:
    complaint = await world.complaint(place=KUTAI_TIMUR)
    moved = decisions.DecisionRouted(decided_by="Admin provinsi", agency="6408-dlh", reason="Menurut foto.")
    await world.decide(complaint, moved)
    await world.read("lapor.assignments", complaint, 3)
    by_law = await world.complaint(place=KUTAI_TIMUR, category="sampah/pengangkutan")
    (first,) = await world.read("lapor.assignments", by_law, 1)
    assert first.event.agency.code == "6408-dlh"
    await done("leave", "6408-dlh", "--on", str(today()))
    (*_, assigned) = await world.read("lapor.assignments", complaint, 5)
    assert (assigned.event.agency.code, assigned.event.reason) == ("6408-pupr", "moved")
    (_, released, needs) = await world.read("lapor.assignments", by_law, 3)
    assert (released.event.reason, needs.name, needs.event.why) == ("agency_left", "NeedsDecision", "not_joined")


async def test_what_was_assigned_while_the_router_was_away_is_found_at_its_start(world: World) -> None:
    complaint = await world.complaint()
    leaving = done("merge", "6407-pupr", "--into", "64-pupr", "--on", str(today()))

    async def meanwhile() -> None:
        await leaving

    await world.restart(meanwhile=meanwhile(), kill=True)
    (*_, assigned) = await world.read("lapor.assignments", complaint, 3)
    assert assigned.event.agency.code == "64-pupr"


async def test_a_sweep_of_many_finds_only_what_is_open_and_twice_nothing_more(world: World) -> None:
    complaint = await world.complaint(place=KUTAI_KARTANEGARA)
    done_before = await world.complaint(place=KUTAI_KARTANEGARA)
    await world.reply("6402-pupr", done_before, agency_replies.AgencyResolved(assignment=1, text="Selesai."))
    await world.read("lapor.replies", done_before, 1)
    # At a time to come: the timers are left where they are. Others' complaints may have some there already.
    later = "select id from subject where due_at > now() + interval '8 days'"
    others = {row[0] for row in await world.fetch(later)}
    found = await handing_over.sweep(world.app.pool, ["6402-pupr", "6402-dlh"], wall_now() + timedelta(days=9))
    armed = [row[0] for row in await world.fetch(later) if row[0] not in others]
    again = await handing_over.sweep(world.app.pool, ["6402-pupr", "6402-dlh"], wall_now() + timedelta(days=9))
    assert (found, armed, again) == (1, [complaint], 0)


async def test_a_renaming_shows_in_the_next_assignment_and_one_to_come_does_not(world: World) -> None:
    await done("rename", "6403-pupr", "--name", "Dinas Pekerjaan Umum Baru", "--on", str(today()))
    tomorrow = today() + timedelta(days=2)
    await done("rename", "6403-pupr", "--name", "Dinas Masa Depan", "--on", str(tomorrow))
    async with asyncio.timeout(30):
        while True:
            complaint = await world.complaint(place=BERAU)
            (assigned,) = await world.read("lapor.assignments", complaint, 1)
            if assigned.event.agency.name == "Dinas Pekerjaan Umum Baru":
                break
    shown = await done("show", "6403-pupr")
    assert "Dinas Masa Depan" in shown
    assert f"Dinas Pekerjaan Umum Baru ({today()} to before {tomorrow})" in shown
    assert "Dinas Pekerjaan Umum Baru" in await done("list")


async def test_what_makes_no_sense_is_one_line_and_changes_nothing(world: World) -> None:
    await done("leave", "6409-pupr", "--on", str(today()))
    before = await world.fetch("select code, entry::text from agency order by code")
    later = str(today() + timedelta(days=9))
    for words, problem in (
        (("merge", "6409-dlh", "--into", "6409-pupr", "--on", later), "6409-pupr leaves on"),
        (("merge", "6409-dlh", "--into", "6409-dlh"), "into itself"),
        (("merge", "6409-dlh", "--into", "6499-pupr"), "6499-pupr has not joined"),
        (("leave", "6409-dlh", "--on", "2020-01-01"), "joined on 2021-04-15"),
        (("leave", "6409-dlh", "--on", "besok"), "--on must be a date"),
        (("leave", "6409-pupr", "--on", later), "left on"),
        (("rename", "6409-dlh", "--name", " "), "name: "),
    ):  # fmt: skip
        assert problem in await refused(*words)
    assert await world.fetch("select code, entry::text from agency order by code") == before


async def test_export_and_import_are_each_others_inverse(world: World, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    await done("leave", "6411-dlh", "--on", str(today()))
    await done("export", "--out", str(path))
    await done("import", str(path))  # their superiors join with them
    await done("export", "--out", str(path))
    before = await world.fetch("select code, entry::text from agency order by code")
    assert "(0 new or changed, 0 topics made)" in await done("import", str(path))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(before) + 1
    # One that is wrong, and none is taken; then a new one beside one that comes back.
    gone = next(line for line in lines if line.startswith("6411-dlh,"))
    back = gone.removesuffix(str(today()))
    new = gone.replace("6411-dlh,", "6411-dlh-2,").replace(",dlh,", ",dlh-2,")
    path.write_text("\n".join([lines[0], back, new.replace("6411-inspektorat", "6411-raja")]), encoding="utf-8")
    assert "register.csv:3: 6411-raja is in neither" in await refused("import", str(path))
    assert await world.fetch("select code, entry::text from agency order by code") == before
    path.write_text("\n".join([lines[0], back, new]), encoding="utf-8")
    assert "2 agencies of register.csv are in the register" in await done("import", str(path))
    assert (world.stack.data / "credentials" / "agency-6411-dlh-2.json").exists()
    async with asyncio.timeout(30):
        while True:
            complaint = await world.complaint(place=MAHAKAM_ULU, category="sampah/pengangkutan")
            (first,) = await world.read("lapor.assignments", complaint, 1)
            if first.name == "Assigned":
                break
    assert first.event.agency.code == "6411-dlh"
