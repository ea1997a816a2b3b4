"""Where input meets intake: keys, seals, bodies, and the line of requests that commit together."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey, OKPKey
from lapor_chassis.batch import Source
from lapor_chassis.edge import EdgeRefused
from lapor_chassis.errors import Invalid, LaneLost, Transient
from lapor_contracts.operations import DeadLetter
from lapor_contracts.receipts import ReceiptRefused
from lapor_contracts.sealing import CannotOpen
from lapor_contracts.submissions import NewSubmission, SubmissionSealed, Withdrawal
from lapor_intake.bodies import UNKNOWN, BadBody, read_body, read_sealed
from lapor_intake.commands import intake as commands
from lapor_intake.desk import Accepted, Outcome, Request
from lapor_intake.domain.policy import FIELDS_NAMED
from lapor_intake.group import TRIES, GroupCommit, Overloaded, Unavailable
from lapor_intake.keys import BadKey, load_jwk, make_keys
from lapor_intake.seal import opener, sealer
from lapor_intake.sealed import FIELD_LETTERS, Submissions, _joined, on_refused
from typer.testing import CliRunner

SECRET = "Siti Aminah Wulandari"


def test_keys_are_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = CliRunner().invoke(commands, ["keys", str(folder)])
    assert first.exit_code == 0, first.output
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(kept) == {"master.key", "index.key", "access.key", "sealing.jwk", "sealing.public.jwk"}
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == (0o644 if "public" in path.name else 0o600)
    (folder / "access.key").unlink()
    assert make_keys(folder) == [folder / "access.key"]
    again = CliRunner().invoke(commands, ["keys", str(folder)])
    assert "already" in again.output
    assert {name: (folder / name).read_bytes() for name in kept if name != "access.key"} == {
        name: text for name, text in kept.items() if name != "access.key"
    }
    assert "d" in json.loads(kept["sealing.jwk"])
    assert "d" not in json.loads(kept["sealing.public.jwk"])


def test_a_wrong_key_file_is_named_but_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "sealing.jwk"
    with pytest.raises(BadKey, match="cannot be read"):
        load_jwk(path, private=True)
    path.write_text(SECRET)
    with pytest.raises(BadKey, match="does not hold a JWK") as caught:
        load_jwk(path, private=True)
    assert SECRET not in str(caught.value)
    path.write_text(json.dumps(OKPKey.generate_key("X25519", private=True).as_dict(private=False)))
    with pytest.raises(BadKey, match="private JWK"):
        load_jwk(path, private=True)
    path.write_text(json.dumps(OKPKey.generate_key("Ed25519", private=True).as_dict(private=True)))
    with pytest.raises(BadKey, match="X25519"):
        load_jwk(path, private=True)


KEY = OKPKey.generate_key("X25519", private=True)


def test_a_seal_opens_with_its_key_only_and_unchanged_only() -> None:
    token = sealer(KEY).seal(b"isi")
    assert opener(KEY).open(token) == b"isi"
    head, _, rest = token.rpartition(".")
    other_end = "A" if rest[0] != "A" else "B"
    for wrong in (token[:-2], f"{head}.{other_end}{rest[1:]}", "a.b.c.d.e", "....", "W10.a.b.c.d", ""):
        with pytest.raises(CannotOpen):
            opener(KEY).open(wrong)
    with pytest.raises(CannotOpen):
        opener(OKPKey.generate_key("X25519", private=True)).open(token)


def test_no_other_algorithm_and_no_compression_is_accepted() -> None:
    everything = jwe.JWERegistry(algorithms=["dir", "ECDH-ES", "A128GCM", "A256GCM", "DEF"])
    octet = OctKey.generate_key(256)
    direct = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, b"x", octet, registry=everything)
    smaller = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A128GCM"}, b"x", KEY, registry=everything)
    packed = jwe.encrypt_compact(
        {"alg": "ECDH-ES", "enc": "A256GCM", "zip": "DEF"}, b"x" * 10_000, KEY, registry=everything
    )
    for token in (direct, smaller, packed):
        with pytest.raises(CannotOpen):
            opener(KEY).open(token)


@pytest.mark.parametrize(
    ("plain", "fields"),
    [
        (b"no json", ()),
        (b"\xff", ()),
        (b"[]", ("kind",)),
        (b'{"kind": "none"}', ("kind",)),
        (b'{"kind": "new", "title": "x"}', ("narrative",)),
        (json.dumps({"kind": "new", "title": "x", "narrative": "y", SECRET: 1}).encode(), (UNKNOWN,)),
        (json.dumps({"kind": "new", "title": "x", "narrative": "y", "reporter": {"nik": SECRET}}).encode(),
         ("reporter.nik",)),
        (b'{"kind": "withdraw", "tracking_id": "12", "access_code": "ABCDEFGH"}', ("tracking_id",)),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_sealed_body_is_said_by_paths(plain: bytes, fields: tuple[str, ...]) -> None:
    with pytest.raises(BadBody) as caught:
        read_sealed(plain)
    assert caught.value.fields == fields
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_an_http_body_cannot_bring_what_stands_in_the_address() -> None:
    given = {"tracking_id": "1234567897", "access_code": "ABCDEFGH"}
    assert read_body(Withdrawal, b"{}", given) == Withdrawal.model_validate(given)
    with pytest.raises(BadBody) as caught:
        read_body(Withdrawal, b'{"access_code": "00000000"}', given)
    assert caught.value.fields == ("access_code",)


def test_only_so_many_fields_are_named() -> None:
    attachments = [{"id": "", "media_type": "", "size": "x", "sha256": "y"} for _ in range(10)]
    with pytest.raises(BadBody) as caught:
        read_body(NewSubmission, json.dumps({"title": "x", "narrative": "y", "attachments": attachments}).encode())
    assert len(caught.value.fields) == FIELDS_NAMED


@pytest.mark.parametrize(
    ("inside", "fields"),
    [
        ({"title": "a\0b"}, ("title",)),
        ({"narrative": "\0"}, ("narrative",)),
        ({"place": {"address": "Jalan \0"}}, ("place.address",)),
        ({"attachments": [{"id": "a\0", "media_type": "b\0", "size": 1, "sha256": "0" * 64}]},
         ("attachments.0.id", "attachments.0.media_type")),
        ({"title": "\0", "reporter": {"name": f"{SECRET}\0"}}, ("title", "reporter.name")),
    ],
)  # fmt: skip
def test_a_nul_is_refused_by_its_path_whether_sealed_or_not(inside: dict[str, Any], fields: tuple[str, ...]) -> None:
    readers: list[Callable[[bytes], Any]] = [read_sealed, partial(read_body, NewSubmission)]
    body = json.dumps({"kind": "new", "title": "x", "narrative": "y", **inside}).encode()
    for read in readers:
        with pytest.raises(BadBody) as caught:
            read(body)
        assert caught.value.fields == fields


def test_what_only_looks_like_a_nul_passes_and_unknown_parts_are_dropped() -> None:
    body = {"kind": "new", "title": "\\u0000", "narrative": "y", "place": {f"{SECRET}\0": "\0"}}
    read = read_sealed(json.dumps(body).encode())
    assert isinstance(read, NewSubmission)
    assert read.title == "\\u0000"
    assert "\0" not in read.model_dump_json()


class NotedBatch:
    def __init__(self) -> None:
        self.emitted: list[ReceiptRefused] = []

    def emit(self, topic: str, key: str, event: ReceiptRefused, **_: object) -> None:
        self.emitted.append(event)


def refused_fields(plain: bytes) -> tuple[str, ...]:
    """What the channel is told, over the way through the dead letter."""
    kept: list[Invalid] = []
    submissions = Submissions(cast(Any, None), KEY, lambda *given: kept.append(given[2]))
    opened = submissions._open(SubmissionSealed(sealed=sealer(KEY).seal(plain)))
    assert isinstance(opened, Invalid)
    dead = DeadLetter(
        service="intake", topic="lapor.submissions.sms", partition=0, offset=0, event_id=None, subject=None,
        number=None, reason=opened.reason, field=opened.field,
    )  # fmt: skip
    batch = NotedBatch()
    source = Source("lapor.submissions.sms", 0, 0, "sms", datetime(2023, 10, 3, tzinfo=UTC))
    on_refused(cast(Any, batch), EdgeRefused(None, source, opened.reason, dead.field))
    (receipt,) = batch.emitted
    assert receipt.reason == "invalid"
    return receipt.fields


@pytest.mark.parametrize("good", range(20))
def test_wrong_fields_are_told_as_whole_paths_however_many_there_are(good: int) -> None:
    right = {"id": "x", "media_type": "image/png", "size": 1, "sha256": "0" * 64}
    wrong = {"id": "", "media_type": "", "size": "x", "sha256": "y"}
    every = [f"attachments.{at}.{name}" for at in range(good, 20) for name in wrong]
    body = {"kind": "new", "title": "x", "narrative": "y", "attachments": [right] * good + [wrong] * (20 - good)}
    fields = refused_fields(json.dumps(body).encode())
    assert len(fields) >= 4
    assert list(fields) == every[: len(fields)]


@given(st.lists(st.text("a.0", min_size=1, max_size=250), max_size=20).map(tuple))
def test_a_line_of_paths_is_cut_between_them(paths: tuple[str, ...]) -> None:
    line = _joined(paths)
    told = line.split(",") if line else []
    assert tuple(told) == paths[: len(told)]
    assert len(line or "") <= FIELD_LETTERS
    if len(told) < len(paths):
        assert len(",".join(paths[: len(told) + 1])) > FIELD_LETTERS


def test_no_json_at_all_names_no_field() -> None:
    assert refused_fields(b"no json") == ()


class FakeLane:
    """A lane whose transactions are counted, and may fail when they are to commit."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.committed = 0

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[object]:
        yield self
        if self.failures:
            raise self.failures.pop(0)
        self.committed += 1


def request(title: str) -> Request:
    return Request(NewSubmission(title=title, narrative="isi"), "web")


async def decide(_: Any, requests: list[Request]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for one in requests:
        assert isinstance(one.submission, NewSubmission)
        if one.submission.title == "bug":
            raise ZeroDivisionError
        outcomes.append(Accepted(cast(Any, None), one.submission.title))
    return outcomes


@asynccontextmanager
async def line(lane: FakeLane, most: int = 100) -> AsyncIterator[tuple[GroupCommit, asyncio.Task[None]]]:
    group = GroupCommit(decide, most)
    task = asyncio.create_task(group.run(cast(Any, lane)))
    yield group, task
    task.cancel()
    await asyncio.wait([task])


async def test_what_waits_together_is_committed_together() -> None:
    lane = FakeLane()
    async with line(lane) as (group, _):
        answers = await asyncio.gather(*(group.submit(request(str(number))) for number in range(50)))
    assert [cast(Accepted, answer).tracking_id for answer in answers] == [str(number) for number in range(50)]
    assert lane.committed == 1


async def test_a_bug_in_one_request_does_not_take_its_neighbours_with_it() -> None:
    lane = FakeLane()
    async with line(lane) as (group, task):
        answers = await asyncio.gather(
            *(group.submit(request(title)) for title in ("a", "bug", "b")), return_exceptions=True
        )
        assert not task.done()
    assert [type(answer) for answer in answers] == [Accepted, ZeroDivisionError, Accepted]


async def test_an_outage_that_passes_is_waited_for_and_one_that_stays_is_said() -> None:
    lane = FakeLane(Transient("x"), OSError())
    async with line(lane) as (group, _):
        assert isinstance(await group.submit(request("a")), Accepted)
        lane.failures = [OSError() for _ in range(TRIES)]
        with pytest.raises(Unavailable):
            await group.submit(request("b"))
        assert isinstance(await group.submit(request("c")), Accepted)
    assert lane.committed == 2


async def test_a_lost_lane_ends_the_line_and_nobody_waits_for_ever() -> None:
    async with line(FakeLane(LaneLost())) as (group, task):
        with pytest.raises(Unavailable):
            await group.submit(request("a"))
        await asyncio.wait([task])
        assert isinstance(task.exception(), LaneLost)
        with pytest.raises(Unavailable):
            await group.submit(request("b"))


async def test_too_long_a_line_turns_away() -> None:
    async with line(FakeLane(), most=2) as (group, _):
        answers = await asyncio.gather(*(group.submit(request("a")) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Accepted] * 2 + [Overloaded] * 3
