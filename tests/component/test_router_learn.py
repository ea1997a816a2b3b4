"""What confirmed outcomes teach, as typed in a terminal on the real database; and the running router takes it up."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from lapor_chassis.ids import uuid7
from lapor_chassis.subject import to_json
from lapor_contracts.base import Place
from lapor_deploy.stack import Stack
from lapor_router.domain.findings import Reading
from lapor_router.domain.state import Assignment, Report, RouterState
from lapor_router.router_commands import router
from typer.testing import CliRunner, Result

from tests.support.router import World, join, running

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]
# Words of no lexicon: only who has learned can know whose matter they are.
MATTERS = {
    "6407-pupr": ("blorong", "grunjal", "mbleduk", "growong"),
    "6407-disdukcapil": ("kartipu", "suradak", "namaku", "capilan"),
    "6407-dlh": ("rosokan", "mambuan", "uwuhan", "tumpukan-uwuh"),
}
FILLING = ("mohon", "tolong", "pak", "bu", "lama", "minggu", "bulan", "kemarin", "petugas", "datang", "warga", "banyak")
OUTCOMES = 450
FIRST = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    await join(stack, (*MATTERS, "64-diskominfo"))
    async with running(stack) as started:
        yield started


@pytest.fixture(autouse=True)
def addresses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_ROUTER_DATABASE_URL", world.stack.database_url("router"))
    monkeypatch.delenv("LAPOR_ROUTER_DATA", raising=False)


async def typed(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, router, list(words))


def story(agency: str, chance: random.Random) -> str:
    words = [*chance.choices(MATTERS[agency], k=4), *chance.choices(FILLING, k=12)]
    chance.shuffle(words)
    return " ".join(words)


async def history(world: World) -> None:
    """Complaints that their agencies have accepted, as the router keeps them."""
    chance = random.Random(4)  # noqa: S311 - no secret
    rows = []
    for number in range(OUTCOMES):
        agency = sorted(MATTERS)[number % len(MATTERS)]
        at = FIRST + timedelta(hours=number)
        state = RouterState(
            report=Report(narrative=story(agency, chance), area_code="64.07", received_at=at),
            reading=Reading(),
            phase="closed",
            assignments=(Assignment(1, agency, 1, outcome="accepted", outcome_at=at),),
        )
        rows.append((uuid7(), 0, to_json(state)))
    async with world.app.pool.acquire() as conn:
        await conn.executemany("insert into subject (id, partition, plain) values ($1, $2, $3::json)", rows)


async def given(world: World, narrative: str) -> Any:
    """What the router makes of words alone, with the place by code."""
    complaint = await world.complaint(category=None, place=Place(area_code="64.07"), title="-", narrative=narrative)
    (decided,) = await world.read("lapor.assignments", complaint, 1)
    return decided.event


async def test_learned_used_taken_back(world: World) -> None:
    await history(world)
    words = story("6407-disdukcapil", random.Random(99))  # noqa: S311 - no secret
    assert (await given(world, words)).type.endswith("needs-decision.v1")

    learned = await typed("learn")
    assert learned.exit_code == 0, learned.output
    # Other tests' complaints, in the same database, teach as well.
    said = re.search(r"model (\d+) learned from (\d+) outcomes", learned.output)
    assert said is not None and int(said[2]) >= OUTCOMES and "in shadow" in learned.output
    shown = await typed("models")
    assert "shadow" in shown.output and "the lexicon alone decides" in shown.output
    number = said[1]
    assert (await given(world, words)).type.endswith("needs-decision.v1")

    refused = await typed("use", number)
    assert refused.exit_code == 1 and "not shown to be better" in refused.output
    used = await typed("use", number, "--unproven")
    assert used.exit_code == 0, used.output
    assigned = await eventually(world, words, "assigned.v1")
    assert assigned.agency.code == "6407-disdukcapil"
    assert assigned.explanation.confidence > 0.9

    back = await typed("back")
    assert back.exit_code == 0 and "the lexicon alone decides again" in back.output
    await eventually(world, words, "needs-decision.v1")
    again = await typed("back")
    assert again.exit_code == 1 and "no model is in use" in again.output


async def eventually(world: World, words: str, kind: str) -> Any:
    """The running router hears of it within seconds."""
    async with asyncio.timeout(30):
        while not (event := await given(world, words)).type.endswith(kind):
            pass
    return event
