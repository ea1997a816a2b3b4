"""What runs beside the work: traces, throttling, the kinds of failure, health."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka.errors import KafkaConnectionError, NotLeaderForPartitionError, TopicAuthorizationFailedError
from hypothesis import given
from hypothesis import strategies as st
from lapor_chassis import server, throttle
from lapor_chassis.errors import Invalid, LaneLost, TooManyDeadLetters, Transient, is_transient
from lapor_chassis.health import Health
from lapor_chassis.record import Record
from lapor_chassis.server import listen, tick
from lapor_chassis.store import DeadRow
from lapor_chassis.telemetry import Metrics, Tracing, child_of, current_span_id, trace_id
from lapor_chassis.throttle import Throttle, Window
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HEX = st.text("0123456789abcdef", min_size=16, max_size=16)


# Traces


@given(HEX)
def test_a_child_keeps_the_trace(span: str) -> None:
    child = child_of(PARENT, span)
    assert child == f"00-0af7651916cd43dd8448eb211c80319c-{span}-01"
    assert trace_id(child_of(child, "0" * 16)) == trace_id(PARENT)


@given(st.none() | st.text() | st.sampled_from(["", "00-x-y-01", PARENT.upper(), PARENT + "-x", f" {PARENT}"]), HEX)
def test_what_is_no_trace_begins_a_new_one(parent: str | None, span: str) -> None:
    child = child_of(parent, span)
    assert trace_id(parent) is None
    assert (trace_id(child) or "") not in (parent or "-")
    assert trace_id(child) != trace_id(child_of(parent, span))


def test_a_batch_has_a_span_and_its_events_name_it() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing("router", None, exporter)
    with tracing.batch("core", 7):
        inside = current_span_id()
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.context is not None and inside == f"{span.context.span_id:016x}"
    assert (span.name, span.attributes) == ("core batch", {"lapor.records": 7})
    assert span.resource.attributes["service.name"] == "lapor-router"
    assert current_span_id() != inside


# Throttling


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr(throttle, "monotonic", lambda: clock.now)
    return clock


def test_a_window_forgets_after_a_minute(clock: SimpleNamespace) -> None:
    window = Window(3)
    assert [window.over(1) for _ in range(4)] == [False, False, False, True]
    clock.now += 59.9
    assert window.over(0)
    clock.now += 0.2
    assert not window.over(3)
    assert window.over(1)


def bad(topic: str, count: int) -> Any:
    """A batch with dead letters."""
    records = [Record(topic, 0, offset, 0, None, None, ()) for offset in range(count)]
    return SimpleNamespace(dead=[DeadRow(r, None, "not_json", None, False, False) for r in records])


def test_too_many_on_core_topics_stop_the_service(clock: SimpleNamespace) -> None:
    guard = Throttle(5, 5)
    guard.after(bad("lapor.complaints", 3))
    clock.now += 61
    guard.after(bad("lapor.complaints", 3))
    with pytest.raises(TooManyDeadLetters, match=r"lapor\.replies"):
        guard.after(bad("lapor.replies", 3))


def test_of_an_outsider_too_many_are_only_counted_and_nobody_else_pays(clock: SimpleNamespace) -> None:
    mine, other = "lapor.submissions.web", "lapor.submissions.sms"
    guard = Throttle(5, 5)
    with capture_logs() as logs:
        assert [guard.allows(mine) for _ in range(8)] == [True] * 5 + [False] * 3
        assert guard.allows(other)
        guard.after(bad(mine, 60))
    assert [(line["topic"], line["log_level"]) for line in logs] == [(mine, "error")], "one alarm a minute"
    clock.now += 61
    assert guard.allows(mine)


# Failures


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (Transient("later"), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (asyncpg.ConnectionDoesNotExistError("-"), True),
        (asyncpg.DeadlockDetectedError("-"), True),
        (asyncpg.InterfaceError("-"), True),
        (asyncpg.IdleInTransactionSessionTimeoutError("-"), True),
        (Exception("cannot switch to state 12; another operation is in progress"), True),
        (KafkaConnectionError(), True),
        (NotLeaderForPartitionError(), True),
        (TopicAuthorizationFailedError(), False),
        (asyncpg.UniqueViolationError("-"), False),
        (asyncpg.UndefinedColumnError("-"), False),
        (Invalid("x"), False),
        (LaneLost("x"), False),
        (TooManyDeadLetters("x"), False),
        (ValueError("x"), False),
        (AssertionError(), False),
    ],
)
def test_waiting_cures_outages_and_no_bugs(error: Exception, transient: bool) -> None:
    assert is_transient(error) is transient


# Health


async def test_ready_and_alive_are_two_things() -> None:
    health = Health()
    wrong: dict[str, str] = {}
    health.ready["core"] = lambda: wrong.get("ready")
    health.live["failure"] = lambda: wrong.get("live")
    routes = {route.path: route.endpoint for route in health.routes(Metrics("router").registry)}

    async def ask() -> dict[str, int]:
        return {path: (await endpoint(None)).status_code for path, endpoint in routes.items()}

    assert await ask() == {"/health/ready": 200, "/health/live": 200, "/metrics": 200}
    wrong["ready"] = "is behind"
    assert await ask() == {"/health/ready": 503, "/health/live": 200, "/metrics": 200}
    assert b"is behind" in (await routes["/health/ready"](None)).body
    wrong["live"] = "stands still"
    assert await ask() == {"/health/ready": 503, "/health/live": 503, "/metrics": 200}
    assert b'lapor_service{name="router"} 1.0' in (await routes["/metrics"](None)).body


# The server


async def test_answers_are_dated_anew_every_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TICK_SECONDS", 0.01)
    serving, port = await listen(Health().routes(Metrics("test").registry), "127.0.0.1", 0)
    ticking = asyncio.create_task(tick(serving))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            dates: set[str] = set()
            while len(dates) < 2:
                dates.add((await client.get("/health/live")).headers["date"])
                await asyncio.sleep(0.1)
    finally:
        ticking.cancel()
        await serving.shutdown()
    assert all(parsedate_to_datetime(date) for date in dates)
