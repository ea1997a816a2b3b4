"""A person decides, as typed in a terminal, on the real broker and database; and past decisions are replayed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_chassis.subject import to_json
from lapor_contracts import agency_replies, decisions
from lapor_contracts.base import Place
from lapor_deploy.stack import Stack
from lapor_router import deciding
from lapor_router.decide_commands import decide
from lapor_router.domain.state import Report, RouterState
from lapor_router.loading import PACKAGED
from lapor_router.outcomes import outcomes
from lapor_router.router_commands import router
from typer.testing import CliRunner, Result

from tests.support.router import World, join, running

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]
AGENCIES = ("6407-pupr", "6407-dpmd", "6407-dlh", "64-diskominfo", "64-pupr", "panrb")
MARK = "Kata rahasia yang tidak boleh tampil."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    await join(stack, AGENCIES)
    async with running(stack) as started:
        yield started


@pytest.fixture(autouse=True)
def addresses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "LAPOR_KAFKA_BOOTSTRAP": world.stack.bootstrap, "LAPOR_DATA": str(world.stack.data),
        "LAPOR_ROUTER_DATABASE_URL": world.stack.database_url("router"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    world.stack.kafka_credentials("decider")  # kept where the command looks


async def typed(app: Any, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))


async def undecided(world: World, tracking_id: str, **changes: Any) -> UUID:
    complaint = await world.complaint(**{"place": Place(), "tracking_id": tracking_id, **changes})
    needs, asked = await world.read("lapor.assignments", complaint, 2)
    assert (needs.name, asked.name) == ("NeedsDecision", "QuestionAsked")
    return complaint


async def test_what_waits_is_listed_shown_and_routed(world: World) -> None:
    odd = RouterState(report=Report(tracking_id="5000000099", title="\x00 aneh"), phase="deciding", undecided="no_area")
    async with world.app.pool.acquire() as conn:
        await conn.execute("insert into subject (id, partition, plain) values ($1, 0, $2)", uuid7(), to_json(odd))
    complaint = await undecided(world, "5000000001")
    listed = await typed(decide, "list", "--limit", "10000")
    assert listed.exit_code == 0 and "5000000001" in listed.output and "no_area" in listed.output
    shown = await typed(decide, "show", "5000000001")
    assert "Jalan kampung berlubang." in shown.output and str(complaint) in shown.output
    words = ("--reason", "Menurut foto.", "--by", "Admin provinsi")
    routed = await typed(decide, "route", str(complaint), "6407-dlh", *words)
    assert (routed.exit_code, routed.output) == (0, "5000000001: assigned to 6407-dlh (decision, round 1)\n")
    (*_, assigned) = await world.read("lapor.assignments", complaint, 3)
    assert (assigned.event.agency.code, assigned.event.reason) == ("6407-dlh", "decision")
    assert "keputusan Admin provinsi: Menurut foto." in assigned.event.explanation.text_id
    assert "5000000001" not in (await typed(decide, "list", "--limit", "10000")).output
    moved = await typed(decide, "route", "5000000001", "6407-pupr", "--reason", "Jalan kabupaten.")
    assert moved.output == "5000000001: assigned to 6407-pupr (moved, round 2)\n"


async def test_asked_then_archived_and_out_of_scope(world: World) -> None:
    complaint = await undecided(world, "5000000002")
    asked = await typed(decide, "ask", "5000000002", "--question", "Di kampung mana?")
    assert asked.output == "5000000002: the reporter is asked; it still waits for a decision\n"
    archived = await typed(decide, "archive", "5000000002", "--reason", "too_general", "--text", "Tidak jelas.")
    assert archived.output == "5000000002: archived, the reporter is told why\n"
    said = await world.read("lapor.assignments", complaint, 4)
    assert [event.name for event in said] == ["NeedsDecision", "QuestionAsked", "QuestionAsked", "Archived"]
    await undecided(world, "5000000003")
    words = ("--reason", "political", "--to", "Bawaslu", "--text", "-")
    pointed = await typed(decide, "out-of-scope", "5000000003", *words)
    assert pointed.output == "5000000003: out of scope, the reporter is told why\n"


async def test_what_cannot_be_decided_is_one_line(world: World) -> None:
    await undecided(world, "5000000004")
    reason = ("--reason", "-")
    await world.complaint(tracking_id="5000000005")
    for words, problem in (
        (("show", "4999999999"), "knows no complaint"),
        (("show", "x'; drop table subject"), "knows no complaint"),
        (("route", "5000000004", "6407-bupati", *reason), "there is no agency 6407-bupati"),
        (("route", "5000000005", "6407-pupr", *reason), "has it already"),
        (("archive", "5000000004", "--reason", "boring", "--text", "-"), "--reason must be one of too_general"),
        (("archive", "5000000005", "--reason", "too_general", "--text", "-"), "there is nothing to decide"),
        (("ask", "5000000005", "--question", "?"), "there is nothing to decide, it is assigned"),
        (("route", "5000000004", "6407-pupr", "--reason", " "), "reason: "),
    ):
        refused = await typed(decide, *words)
        assert (refused.exit_code, problem in refused.output) == (1, True), refused.output
        said = [line for line in refused.output.splitlines() if line.startswith("lapor: ")]
        assert len(said) == 1 and "Traceback" not in refused.output


async def test_a_decision_that_crosses_another_is_refused_with_the_dead_letters_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The complaint was open when the person looked, and is archived when the router gets the decision."""
    complaint = await undecided(world, "5000000006")
    publish = deciding.publish

    async def after_another(settings: Any, of: UUID, event: Any) -> UUID:
        other = decisions.DecisionArchived(decided_by="Admin", reason="too_general", text="-")
        await publish(settings, of, other)
        return await publish(settings, of, event)

    monkeypatch.setattr(deciding, "publish", after_another)
    refused = await typed(decide, "ask", str(complaint), "--question", "Di mana?")
    why = "nothing_to_decide (phase:ended): nobody is asked about it any more"
    assert (refused.exit_code, refused.output) == (1, f"lapor: 5000000006: the router refused it, {why}\n")


async def test_while_the_router_is_away_the_decision_waits_for_it(world: World) -> None:
    complaint = await undecided(world, "5000000007")
    said: list[Result] = []

    async def decided() -> None:
        words = ("--reason", "Jalan kabupaten.", "--wait", "0.5")
        said.append(await typed(decide, "route", "5000000007", "6407-pupr", *words))

    await world.restart(meanwhile=decided())
    assert said[0].exit_code == 1 and "do not repeat it" in said[0].output
    (*_, assigned) = await world.read("lapor.assignments", complaint, 3)
    assert assigned.event.agency.code == "6407-pupr"


async def test_a_secret_text_is_shown_only_where_it_is_asked_for(world: World) -> None:
    await undecided(world, "5000000008", secret=True, title=MARK, narrative=MARK)
    listed, shown = await typed(decide, "list", "--limit", "10000"), await typed(decide, "show", "5000000008")
    assert "5000000008" in listed.output and "5000000008" in shown.output
    assert MARK not in listed.output + shown.output
    opened = await typed(decide, "show", "5000000008", "--secret")
    assert MARK in opened.output and "SECRET" in opened.output
    copied = await typed(decide, "route", "5000000008", "6407-pupr", "--reason", "-", "--copy", "6407-dpmd")
    assert copied.exit_code == 1 and "nobody but its lead" in copied.output


async def test_two_that_point_at_each_other_the_arbiter_and_what_is_learned(world: World) -> None:
    complaint = await world.complaint(tracking_id="5000000009")
    decline = agency_replies.AgencyDeclined
    await world.reply("6407-pupr", complaint, decline(assignment=1, reason="Jalan desa.", suggested="6407-dpmd"))
    await world.read("lapor.assignments", complaint, 3)
    await world.reply("6407-dpmd", complaint, decline(assignment=1, reason="Jalan kabupaten.", suggested="6407-pupr"))
    needs = (await world.read("lapor.assignments", complaint, 5))[4]
    assert (needs.name, needs.event.why, needs.event.arbiter) == ("NeedsDecision", "ping_pong", "64-diskominfo")
    listed = await typed(decide, "list", "--limit", "10000")
    assert "penengah / arbiter: 64-diskominfo" in listed.output
    routed = await typed(decide, "route", "5000000009", "6407-pupr", "--reason", "Ruas kabupaten.")
    assert routed.exit_code == 0, routed.output
    assigned = (await world.read("lapor.assignments", complaint, 6))[5]
    assert "Admin SP4N-LAPOR! (64-diskominfo)" in assigned.event.explanation.text_id
    confirmed = await world.complaint(tracking_id="5000000010")
    await world.reply("6407-pupr", confirmed, agency_replies.AgencyResolved(assignment=1, text="Selesai."))
    await world.read("lapor.replies", confirmed, 1)
    hidden = await world.complaint(tracking_id="5000000011", secret=True)
    await world.reply("6407-pupr", hidden, agency_replies.AgencyAccepted(assignment=1))
    await world.read("lapor.replies", hidden, 1)
    conn = await asyncpg.connect(world.stack.database_url("router"))
    try:
        found = {outcome.complaint: outcome async for outcome in outcomes(conn)}
        assert [o async for o in outcomes(conn, wall_now() + timedelta(hours=1))] == []
    finally:
        await conn.close()
    assert (found[complaint].agency, found[complaint].how) == ("6407-pupr", "arbiter")
    one = found[confirmed]
    assert (one.how, one.category, one.area_code) == ("resolved", "jalan-rusak/kabupaten", "64.07.16.2004")
    assert one.narrative == "Jalan kampung berlubang." and hidden not in found


async def test_replay_says_what_other_rules_would_change(world: World, tmp_path: Path) -> None:
    complaint = await world.complaint(tracking_id="5000000012")
    before = await world.fetch("select plain::text from subject order by id")
    rules = tmp_path / "rules"
    shutil.copytree(PACKAGED, rules, ignore=shutil.ignore_patterns("__pycache__"))
    text = (rules / "matrix.csv").read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(text) if line.startswith("jalan-rusak-kabupaten,"))
    text[at] = _led_by(text[at], "regency:dpmd")
    (rules / "matrix.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    today = wall_now().date().isoformat()
    out = tmp_path / "changes.csv"
    told = await typed(router, "replay", "--rules", str(rules), "--since", today, "--limit", "1000", "--out", str(out))
    assert told.exit_code == 0, told.output
    assert "5000000012" in told.output and "6407-pupr" in told.output and "nothing was changed" in told.output
    assert f"{complaint},5000000012,6407-pupr,jalan-rusak-kabupaten,6407-dpmd" in out.read_text(encoding="utf-8")
    same = await typed(router, "replay", "--rules", str(PACKAGED), "--since", today)
    assert same.exit_code == 0 and "0 of " in same.output
    one_file = await typed(router, "replay", "--rules", str(rules / "matrix.csv"), "--since", today)
    assert one_file.exit_code == 0 and "5000000012" not in (await typed(
        router, "replay", "--rules", str(rules), "--since", "2100-01-01")).output  # fmt: skip
    (rules / "matrix.csv").write_text("\n".join(text).replace("2014-10-02", "2014-13-02", 1) + "\n", encoding="utf-8")
    bad = await typed(router, "replay", "--rules", str(rules), "--since", today)
    assert (bad.exit_code, len(bad.output.splitlines())) == (1, 1) and "matrix.csv:" in bad.output
    assert await world.fetch("select plain::text from subject order by id") == before


def _led_by(row: str, body: str) -> str:
    """The rule of matrix.csv, with another lead."""
    rule, category, _, rest = row.split(",", 3)
    return ",".join((rule, category, body, rest))


async def test_without_the_deciders_password_it_is_one_line(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await undecided(world, "5000000013")
    monkeypatch.setenv("LAPOR_DECIDER_KEY_FILE", str(tmp_path / "none"))
    refused = await typed(decide, "ask", "5000000013", "--question", "Di mana?")
    assert refused.exit_code == 1 and "LAPOR_DECIDER_KEY_FILE" in refused.output
    monkeypatch.setenv("LAPOR_ROUTER_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
    refused = await typed(decide, "list", "--limit", "10000")
    assert refused.exit_code == 1 and "does not answer" in refused.output
