"""Chronic silence, on the real broker and database: counted in the batch's transaction, told once, by one of two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import pytest
from lapor_contracts import replies
from lapor_contracts.escalations import ClockStopped, LimitMissed
from lapor_contracts.oversight import ChronicSilence
from lapor_deploy.stack import Stack
from lapor_escalation import oversight
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.policy import Chronic, Policy

from tests.support.escalation import CALENDAR, DLH, assigned, registered, wita
from tests.support.escalation_wire import Neighbours, Written, running_from, service

pytestmark = pytest.mark.component
COMPLAINTS, ASSIGNMENTS, REPLIES = "lapor.complaints", "lapor.assignments", "lapor.replies"
TOPIC = "lapor.oversight.agencies"
# Two agencies that no other test uses: their account is theirs alone.
SILENT = DLH.model_copy(update={"code": "6407-oversight-1"})
GOOD = DLH.model_copy(update={"code": "6407-oversight-2"})
RULES = Rules(CALENDAR, Policy(chronic=Chronic(30, 2, 60)))
POLICY = "[chronic]\nwindow_days = 30\nminimum = 2\nshare_percent = 60\n"


@pytest.fixture
async def complaints(stack: Stack) -> AsyncIterator[list[Neighbours]]:
    made = [Neighbours(stack) for _ in range(5)]
    yield made
    for one in made:
        await one.close()


async def test_a_silent_agency_is_told_of_once_and_a_good_one_never(
    stack: Stack, complaints: list[Neighbours], tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY, encoding="utf-8")
    clock = running_from(wita(4))
    async with service(stack, clock, escalation_policy=policy, oversight_seconds=0.05) as one:
        await handed_in(complaints)
        clock.jump(wita(11, 17))
        for silent in complaints[:3]:
            await silent.until(lambda w: bool(w.of(LimitMissed, assignment=1)))
        for good in complaints[3:]:
            await good.until(lambda w: bool(w.of(ClockStopped, limit="first_response")))
        assert await complaints[0].entries(TOPIC, SILENT.code) == []
        clock.jump(wita(12, 3))
        entry = await told(complaints[0], 1)
        async with service(stack, clock, escalation_policy=policy, oversight_seconds=0.05, instance=1) as other:
            # A month later nothing is left in the window: both instances come to that day at once.
            day = date(2023, 11, 13)
            judged = await asyncio.gather(
                oversight.judge_day(one, RULES, day), oversight.judge_day(other, RULES, day)
            )  # fmt: skip
    async with service(stack, clock, escalation_policy=policy, oversight_seconds=0.05) as again:
        assert await oversight.judge_day(again, RULES, date(2023, 10, 12)) == 0
        ended = await told(complaints[0], 2)
    check_begun(entry)
    assert min(judged) == 0 < max(judged)
    assert (ended.envelope.number, ended.event) == (2, silence(chronic=False, through=date(2023, 11, 12), counted=0))
    assert len(await complaints[0].entries(TOPIC, SILENT.code)) == 2
    assert await complaints[0].entries(TOPIC, GOOD.code) == []
    assert await account(stack, GOOD.code) == (2, 0)


def check_begun(entry: Written) -> None:
    assert (entry.envelope.number, entry.envelope.subject) == (1, SILENT.code)
    assert entry.event == silence(chronic=True, through=date(2023, 10, 11), counted=3)


def silence(*, chronic: bool, through: date, counted: int) -> ChronicSilence:
    return ChronicSilence(
        agency=SILENT.code, chronic=chronic, since=date(2023, 10, 12), window_from=through - timedelta(days=29),
        window_through=through, counted=counted, missed=counted, minimum=2, share_percent=60,
    )  # fmt: skip


async def handed_in(complaints: list[Neighbours]) -> None:
    """Three with the silent agency, two with the good one, which answers."""
    for number, world in enumerate(complaints):
        agency = SILENT if number < 3 else GOOD
        tracking_id = f"{world.complaint.int % 10**10:010d}"
        await world.say("intake", COMPLAINTS, registered(wita(4), tracking_id=tracking_id), wita(4))
        await world.say("router", ASSIGNMENTS, assigned(agency, 1), wita(4))
        if agency is GOOD:
            reply = replies.Accepted(agency=agency.code, assignment=1, received_at=wita(5))
            await world.say("router", REPLIES, reply, wita(5))


async def told(world: Neighbours, number: int) -> Written:
    async with asyncio.timeout(20):
        while len(entries := await world.entries(TOPIC, SILENT.code)) < number:
            pass
    return entries[number - 1]


async def account(stack: Stack, agency: str) -> tuple[int, int]:
    """Met and missed, those of today too."""
    connection = await asyncpg.connect(stack.database_url("escalation"))
    try:
        row = await connection.fetchrow(
            """select sum(met)::int, sum(missed)::int from (
                 select agency, met, missed from agency_outcome union all select agency, met, missed from agency_day
               ) as accounts where agency = $1""",
            agency,
        )
        assert row is not None
        return row[0], row[1]
    finally:
        await connection.close()
