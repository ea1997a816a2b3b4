"""Escalation alone on the real broker and database; intake, router, Ombudsman are events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from lapor_chassis.ids import uuid7
from lapor_contracts import assignments, complaints, ombudsman_replies, replies
from lapor_contracts.alerts import Alerted
from lapor_contracts.base import Event
from lapor_contracts.escalations import (
    Acknowledged,
    ClockMoved,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    LimitMissed,
    Reminded,
    Reprimanded,
    SuperiorTold,
)
from lapor_contracts.operations import DeadLetter
from lapor_deploy.stack import Stack
from lapor_escalation import recount
from lapor_escalation.commands import app as commands
from lapor_escalation.main import build
from lapor_escalation.settings import rules_of
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from tests.support.escalation import DLH, assigned, registered, wita
from tests.support.escalation_wire import Neighbours, SteppedClock, joined, made_settings, running_from, service

pytestmark = pytest.mark.component
COMPLAINTS, ASSIGNMENTS, REPLIES = "lapor.complaints", "lapor.assignments", "lapor.replies"
OMBUDSMAN = "lapor.ombudsman.replies"
START = wita(4)
LADDER: dict[type[Event], datetime] = {
    Reminded: wita(10, 17), LimitMissed: wita(11, 17), SuperiorTold: wita(13, 17), Alerted: wita(18, 17)
}  # fmt: skip
OFFICE = "ombudsman-64"


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[Neighbours]:
    neighbours = Neighbours(stack)
    yield neighbours
    await neighbours.close()


async def registered_and_assigned(world: Neighbours, at: datetime = START) -> None:
    tracking_id = f"{world.complaint.int % 10**10:010d}"
    await world.say("intake", COMPLAINTS, registered(at, tracking_id=tracking_id), at)
    await world.say("router", ASSIGNMENTS, assigned(DLH, 1), at)


def reply(kind: type, day: int, hour: int = 10) -> replies.Accepted | replies.Resolved:
    more = {"text": "Sudah diperbaiki."} if kind is replies.Resolved else {}
    made: replies.Accepted | replies.Resolved = kind(agency=DLH.code, assignment=1, received_at=wita(day, hour), **more)
    return made


def gapless(world: Neighbours, topic: str) -> bool:
    numbers = [w.envelope.number for w in world.seen if w.topic == topic]
    return numbers == list(range(1, len(numbers) + 1))


async def test_silence_climbs_the_ladder_to_the_ombudsman_whose_reprimand_comes_back(
    stack: Stack, world: Neighbours
) -> None:
    clock = running_from(START)
    async with service(stack, clock):
        await registered_and_assigned(world)
        await climb(world, clock)
        await check_proof(world)
        await ombudsman_says(world, ombudsman_replies.OmbudsmanAcknowledged(office=OFFICE))
        text = "Segera selesaikan, hubungi 0812 3456 7890."
        await ombudsman_says(world, ombudsman_replies.OmbudsmanReprimanded(office=OFFICE, text=text))
        # Placeholders are longer than what they hide: as sent it would be too long for an event.
        await ombudsman_says(world, ombudsman_replies.OmbudsmanReprimanded(office=OFFICE, text="a@b.co " * 2_800))
        await world.until(lambda w: len(w.of(Reprimanded)) == 2)
    assert "a@b.co" not in world.of(Reprimanded)[1].text
    reprimand = world.of(Reprimanded)[0]
    assert (reprimand.agency, reprimand.assignment) == (DLH.code, 1)
    assert "3456" not in reprimand.text
    assert len(world.of(Acknowledged)) == 1
    assert gapless(world, "lapor.escalations")


async def climb(world: Neighbours, clock: SteppedClock, *steps: type[Event]) -> None:
    """An hour after each step of a silent agency's ladder is due it has been said."""
    for step in steps or tuple(LADDER):
        clock.jump(LADDER[step])
        await world.until(lambda w, step=step: bool(w.of(step, assignment=1)))  # type: ignore[misc]


async def ombudsman_says(world: Neighbours, event: Event) -> None:
    await world.say("ombudsman", OMBUDSMAN, event, wita(20))


async def check_proof(world: Neighbours) -> None:
    """Each entry is where it says it is: the event with that id stands at that topic and number; what came from
    others at just that partition and offset, what escalation said itself in that partition."""
    alerted = world.of(Alerted)[0]
    said = {(w.topic, w.envelope.number): w.envelope.id for w in world.seen} | world.sent
    assert len(alerted.proof) >= 5
    assert not alerted.proof_cut
    for proof in alerted.proof:
        assert said[proof.topic, proof.number] == proof.event_id
        partition, offset = await world.position_of(proof.topic, proof.event_id)
        assert proof.partition == partition
        assert proof.offset == (None if proof.topic == "lapor.escalations" else offset)
    whats = [proof.what.partition(":")[0] for proof in alerted.proof]
    assert whats[:3] == ["registered", "assigned", "reminded"]
    assert {"limit_missed", "superior_told"} <= set(whats)


async def test_an_answer_ends_the_clocks(stack: Stack, world: Neighbours) -> None:
    async with service(stack, running_from(wita(6))):
        await registered_and_assigned(world)
        await world.say("router", REPLIES, reply(replies.Accepted, 5), wita(5))
        await world.say("router", REPLIES, reply(replies.Resolved, 6), wita(6))
        await world.until(lambda w: bool(w.of(ClockStopped, limit="completion")))
        await world.until(lambda w: bool(w.of(ClockStopped, limit="whole")))
    assert all(stopped.in_time for stopped in world.of(ClockStopped))
    assert await timer_of(stack, world) is None


async def timer_of(stack: Stack, world: Neighbours) -> object:
    connection = await asyncpg.connect(stack.database_url("escalation"))
    try:
        return await connection.fetchval("select due_at from subject where id = $1", world.complaint)
    finally:
        await connection.close()


async def test_an_answer_in_the_backlog_is_not_raced_by_the_timer(stack: Stack, world: Neighbours) -> None:
    """We were down over the limit; the answer came in time and waits on the topic."""
    async with service(stack, running_from(wita(4))):
        await registered_and_assigned(world)
        await world.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
    await world.say("router", REPLIES, reply(replies.Accepted, 9), wita(9))
    async with service(stack, running_from(wita(13))):
        await world.until(lambda w: bool(w.of(ClockStopped, limit="first_response")))
        # Nothing of the first response's ladder may come any more: what follows is the completion's clock.
        await world.until(lambda w: any(s.limit.rule == "completion" for s in w.of(ClockStarted)))
    first = world.of(ClockStopped, limit="first_response")[0]
    assert (first.in_time, first.withdrawn_steps) == (True, ())
    assert world.of(Reminded) == world.of(LimitMissed) == []


async def test_repeats_and_disorder_change_nothing(stack: Stack, world: Neighbours) -> None:
    """The same event twice in one batch, in two, after a restart; numbers out of order."""
    first = world.made(COMPLAINTS, registered(wita(4)), wita(4))
    second = world.made(ASSIGNMENTS, assigned(DLH, 1), wita(4))
    third = world.made(REPLIES, reply(replies.Accepted, 5), wita(5))
    fourth = world.made(REPLIES, reply(replies.Resolved, 6), wita(6))
    async with service(stack, running_from(wita(6))):
        await world.send("router", fourth, third, second, second)
        await world.send("intake", first, first)
        await world.until(lambda w: bool(w.of(ClockStopped, limit="whole")))
        said = len(world.seen)
        await world.send("router", second, third, fourth)
    await world.send("intake", first)
    marker = Neighbours(stack)
    async with service(stack, running_from(wita(6))):
        await world.send("router", second)
        await registered_and_assigned(marker)
        await marker.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
    await marker.close()
    await world.until(lambda _: True)
    assert len(world.seen) == said
    assert gapless(world, "lapor.escalations")


async def test_killed_in_the_middle_of_the_ladder_no_step_comes_twice(stack: Stack, world: Neighbours) -> None:
    clock = running_from(START)
    app = build(made_settings(stack), clock=clock)
    await app.start()
    await joined(app)
    await registered_and_assigned(world)
    await climb(world, clock, Reminded, LimitMissed)
    await app.stop(abandon=True)
    async with service(stack, clock, lane_dead_after_seconds=1.0):
        await climb(world, clock, SuperiorTold, Alerted)
    for step in LADDER:
        assert len(world.of(step, assignment=1)) == 1
    assert gapless(world, "lapor.escalations")


async def test_a_clock_that_jumps_an_hour_forward_and_back_says_nothing_twice(stack: Stack, world: Neighbours) -> None:
    clock = running_from(wita(4))
    async with service(stack, clock):
        await registered_and_assigned(world)
        clock.jump(wita(10, 16, 30))
        await world.until(lambda w: bool(w.of(Reminded, assignment=1)))
        clock.jump(wita(10, 15, 30))
        # Heard while the clock is behind: what had been said stays said.
        await world.say("intake", COMPLAINTS, complaints.Amended(title="Air sungai masih berbau"), wita(10, 15, 30))
        clock.jump(wita(11, 16, 30))
        await world.until(lambda w: bool(w.of(LimitMissed, assignment=1)))
        clock.jump(wita(11, 15, 30))
        clock.jump(wita(13, 17))
        await world.until(lambda w: bool(w.of(SuperiorTold, assignment=1)))
    assert [len(world.of(step, assignment=1)) for step in (Reminded, LimitMissed, SuperiorTold)] == [1, 1, 1]
    assert gapless(world, "lapor.escalations")


async def test_what_the_ombudsman_may_not_say_is_a_dead_letter_without_its_words(
    stack: Stack, world: Neighbours
) -> None:
    async with service(stack, running_from(wita(4))):
        await registered_and_assigned(world)
        await world.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
        await ombudsman_says(world, ombudsman_replies.OmbudsmanReprimanded(office=OFFICE, text="kata-rahasia"))
        await world.until(lambda w: bool(w.of(DeadLetter)))
        unknown = Neighbours(stack, complaint=uuid7())
        await ombudsman_says(unknown, ombudsman_replies.OmbudsmanAcknowledged(office=OFFICE))
        await unknown.until(lambda w: bool(w.of(DeadLetter)))
        await unknown.close()
        # The complaint is not parked: a stranger must not be able to stop it.
        await world.say("router", REPLIES, reply(replies.Accepted, 4), wita(4))
        await world.until(lambda w: bool(w.of(ClockStopped, limit="first_response")))
    letter = world.of(DeadLetter)[0]
    assert (letter.reason, letter.field) == ("no_alert", None)
    assert unknown.of(DeadLetter)[0].reason == "unknown_complaint"
    assert not any(b"kata-rahasia" in w.value for w in world.seen)
    assert world.of(Reprimanded) == []


async def test_a_changed_calendar_counts_open_complaints_again_at_the_start(
    stack: Stack, world: Neighbours, tmp_path: Path
) -> None:
    async with service(stack, running_from(wita(4))):
        # A title that PostgreSQL can keep in a JSON document, but not give out as text.
        await world.say("intake", COMPLAINTS, registered(wita(4), title="Air\0berbau"), wita(4))
        await world.say("router", ASSIGNMENTS, assigned(DLH, 1), wita(4))
        await world.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
    overrides = tmp_path / "overrides.csv"
    overrides.write_text("date,kind,name\n2023-10-09,cuti_bersama,Cuti bersama baru\n", encoding="utf-8")
    async with service(stack, running_from(wita(5)), calendar_overrides=overrides):
        await world.until(lambda w: len(w.of(ClockMoved, clock="agency")) == 1)
    moved = world.of(ClockMoved, clock="agency")[0]
    assert (moved.due_before, moved.due_at) == (wita(11, 16), wita(12, 16))
    assert "2023-10-09" not in moved.counting.days
    assert moved.calendar_before in moved.why_en and moved.counting.calendar in moved.why_en
    async with service(stack, running_from(wita(5))):
        await world.until(lambda w: len(w.of(ClockMoved, clock="agency")) == 2)
    assert world.of(ClockMoved, clock="agency")[1].due_at == wita(11, 16)


@pytest.mark.parametrize("share", [0, 0.5, 1])
async def test_however_few_are_looked_through_at_once_and_from_wherever_none_is_left_out(
    stack: Stack, world: Neighbours, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(recount, "WINDOW", 2)
    monkeypatch.setattr("lapor_escalation.recount.secrets.randbelow", lambda end: int((end - 1) * share))
    others = [Neighbours(stack) for _ in range(4)]
    async with service(stack, running_from(wita(4))):
        for each in (world, *others):
            await registered_and_assigned(each)
        for each in (world, *others):
            await each.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
    overrides = tmp_path / "overrides.csv"
    overrides.write_text("date,kind,name\n2023-10-09,cuti_bersama,Cuti bersama baru\n", encoding="utf-8")
    async with service(stack, running_from(wita(5)), calendar_overrides=overrides, recount_at_once=1):
        for each in (world, *others):
            await each.until(lambda w: len(w.of(ClockMoved, clock="agency")) == 1)
    for each in others:
        await each.close()


async def test_who_comes_second_to_a_place_counts_nothing_and_writes_nothing(
    stack: Stack, world: Neighbours, tmp_path: Path
) -> None:
    file = tmp_path / "overrides.csv"
    file.write_text("date,kind,name\n2023-10-09,cuti_bersama,Cuti bersama baru\n", encoding="utf-8")
    row = "select xmin::text, packed from subject where id = $1"
    async with service(stack, running_from(wita(4))) as app:
        await registered_and_assigned(world)
        await world.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
        again = recount.Recount(app, rules_of(file, None), file, every=60, at_once=1, pause=0)
        assert await again._again(recount.LANES[0], [world.complaint]) == 1
        before = await app.pool.fetchrow(row, world.complaint)
        assert await again._again(recount.LANES[1], [world.complaint]) == 0
        assert await app.pool.fetchrow(row, world.complaint) == before
        await world.until(lambda w: bool(w.of(ClockMoved, clock="agency")))
    assert len(world.of(ClockMoved, clock="agency")) == 1


async def test_the_file_of_the_calendar_is_taken_while_the_service_runs_and_a_bad_one_is_not(
    stack: Stack, world: Neighbours, tmp_path: Path
) -> None:
    overrides = tmp_path / "overrides.csv"
    overrides.write_text("date,kind,name\n", encoding="utf-8")
    clock = running_from(wita(4))
    with capture_logs() as logs:
        async with service(stack, clock, calendar_overrides=overrides, calendar_seconds=0.05):
            await registered_and_assigned(world)
            await world.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
            overrides.write_text("date,kind,name\n2023-10-09,cuti,salah\n", encoding="utf-8")
            await logged(logs, "line 2: kind must be one of")
            overrides.write_text("date,kind,name\n2023-10-09,cuti_bersama,Cuti bersama baru\n", encoding="utf-8")
            await world.until(lambda w: bool(w.of(ClockMoved, clock="agency")))
            overrides.unlink()
            await logged(logs, "No such file")
            # What comes now is still counted by the last good one: with the 9th off.
            await world.say("router", ASSIGNMENTS, assigned(DLH, 2), wita(5))
            await world.until(lambda w: bool(w.of(ClockStarted, assignment=2)))
    assert [moved.due_at for moved in world.of(ClockMoved, clock="agency")] == [wita(12, 16)]
    assert world.of(ClockStarted, assignment=2)[0].due_at == wita(13, 16)


async def logged(logs: list[Any], words: str) -> None:
    async with asyncio.timeout(10):
        while not any(words in str(entry.get("why")) for entry in logs):  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.02)


async def test_recompute_shows_what_a_file_would_change_and_changes_nothing(
    stack: Stack, world: Neighbours, tmp_path: Path
) -> None:
    async with service(stack, running_from(wita(4))):
        await registered_and_assigned(world)
        await world.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
    said, before = len(world.seen), await timer_of(stack, world)
    tried = tmp_path / "tried.csv"
    tried.write_text("date,kind,name\n2023-10-09,cuti_bersama,Cuti bersama baru\n", encoding="utf-8")
    arguments = ["recompute", "--dry-run", "--overrides", str(tried), "--sample", "5000"]
    shown = await asked_of(stack, *arguments)
    assert shown.exit_code == 0, shown.output
    own = [line for line in shown.output.splitlines() if f"{world.complaint.int % 10**10:010d}" in line]
    assert any("6407-dlh (#1)" in line and "Rab 11-10-2023 16.00 WITA" in line for line in own), shown.output
    assert any("Kam 12-10-2023 16.00 WITA" in line for line in own)
    assert {"whole", "acceptance", "first_response"} == {line.split("│")[3].strip() for line in own}
    assert (len(world.seen), await timer_of(stack, world)) == (said, before)
    refused = await asked_of(stack, "recompute", "--overrides", str(tried))
    assert refused.exit_code == 1
    assert "LAPOR_CALENDAR_OVERRIDES" in refused.output
    progress = await asked_of(stack, "recompute")
    assert "complaints are counted by holidays-" in progress.output
    tried.write_text("date,kind,name\n2023-10-08,hari_kerja,x\n", encoding="utf-8")
    wrong = await asked_of(stack, *arguments)
    assert (wrong.exit_code, "line 2: 2023-10-08 is a weekend" in wrong.output) == (1, True)


async def test_a_closed_complaint_that_a_person_has_to_decide_runs_again(stack: Stack, world: Neighbours) -> None:
    """The router archived for missing data while `completed` was on its way."""
    async with service(stack, running_from(wita(5))):
        await world.say("intake", COMPLAINTS, registered(wita(4)), wita(4))
        archived = assignments.Archived(reason="no_data", text_id="-", text_en="-")
        await world.say("router", ASSIGNMENTS, archived, wita(5))
        await world.until(lambda w: len(w.of(ClockStopped)) == 2)
        asked = assignments.NeedsDecision(why="no_rule", text_id="-", text_en="-")
        await world.say("router", ASSIGNMENTS, asked, wita(5))
        await world.until(lambda w: len(w.of(ClockResumed)) == 2)
    assert [resumed.limit for resumed in world.of(ClockResumed)] == ["whole", "verification"]
    assert await timer_of(stack, world) == wita(6, 16)


async def test_explain_reads_the_services_own_database(stack: Stack, world: Neighbours) -> None:
    async with service(stack, running_from(wita(4))):
        await registered_and_assigned(world)
        await world.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
        tracking_id = f"{world.complaint.int % 10**10:010d}"
        for asked in (tracking_id, str(world.complaint)):
            result = await explain(stack, asked)
            assert result.exit_code == 0, result.output
            assert "Rab 11-10-2023 16.00 WITA" in result.output
            assert "6407-dlh (#1)" in result.output
        kept = await asked_of(stack, "explain", tracking_id, "--state")
        assert json.loads(kept.output)["lead"]["code"] == DLH.code
        wrong = await explain(stack, "0000000000")
        assert (wrong.exit_code, "Traceback" in wrong.output) == (1, False)


async def test_a_row_of_before_is_read_and_packed_with_its_next_event(stack: Stack, world: Neighbours) -> None:
    async with service(stack, running_from(wita(4))):
        await registered_and_assigned(world)
        await world.until(lambda w: bool(w.of(ClockStarted, clock="agency")))
    tracking_id = f"{world.complaint.int % 10**10:010d}"
    kept = await asked_of(stack, "explain", tracking_id, "--state")
    conn = await asyncpg.connect(stack.database_url("escalation"))
    try:
        as_before = "update subject set plain = $2::text::json, packed = null where id = $1"
        await conn.execute(as_before, world.complaint, kept.output)
        assert (await asked_of(stack, "explain", tracking_id, "--state")).output == kept.output
        async with service(stack, running_from(wita(5))):
            await world.say("router", REPLIES, reply(replies.Accepted, 5), wita(5))
            await world.until(lambda w: bool(w.of(ClockStopped, clock="agency")))
        row = await conn.fetchrow("select plain, packed from subject where id = $1", world.complaint)
    finally:
        await conn.close()
    assert row is not None
    assert (row["plain"], row["packed"] is None) == (None, False)


async def explain(stack: Stack, asked: str) -> Result:
    return await asked_of(stack, "explain", asked)


async def asked_of(stack: Stack, *arguments: str) -> Result:
    given = [*arguments, "--database", stack.database_url("escalation")]
    return await asyncio.to_thread(CliRunner().invoke, commands, given, env={"COLUMNS": "160"})


def test_explain_without_a_database_says_what_to_do() -> None:
    result = CliRunner().invoke(
        commands, ["explain", "1"], env={"LAPOR_DATABASE_URL": "", "LAPOR_ESCALATION_DATABASE_URL": ""}
    )
    assert result.exit_code == 1
    assert "LAPOR_ESCALATION_DATABASE_URL" in result.output
    refused = CliRunner().invoke(commands, ["explain", "1", "--database", "postgresql://x:y@127.0.0.1:1/z"])
    assert refused.exit_code == 1
    assert "does not answer" in refused.output
