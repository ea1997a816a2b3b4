"""Metrics (their names live here only) and traces, per batch: per message they would cost more than the work."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
TRACEPARENT_LETTERS = 55
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """One registry a service, so that several may live in one process of a test."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        labels: Any = {"namespace": "lapor", "registry": self.registry}
        self.applied = Counter("applied", "Events applied", ["topic"], **labels)
        self.repeats = Counter("repeats", "Events dropped as repeats", ["topic"], **labels)
        self.waits = Counter("waits", "Events that came early", ["topic"], **labels)
        self.dead_letters = Counter("dead_letters", "Dead letters", ["kind", "reason"], **labels)
        self.published = Counter("published", "Events published", **labels)
        self.set_aside = Counter("set_aside", "Outbox rows that cannot be published", **labels)
        self.adopted = Counter("lanes_adopted", "Lanes taken over from the dead", **labels)
        self.retries = Counter("retries", "Batches tried again after an outage", **labels)
        self.fired = Counter("timers_fired", "Timers fired", **labels)
        self.waiting = Gauge("waiting", "Events in the waiting room", **labels)
        self.waiting_oldest = Gauge("waiting_oldest_seconds", "Age of the oldest waiting event", **labels)
        self.parked = Gauge("parked", "Parked subjects", **labels)
        self.parked_oldest = Gauge("parked_oldest_seconds", "How long the oldest is parked", **labels)
        self.unpublished = Gauge("unpublished_oldest_seconds", "Age of the oldest unpublished row", **labels)
        self.batch_seconds = Histogram("batch_seconds", "Time of a batch", ["loop"], buckets=SECONDS, **labels)
        self.batch_records = Counter("batch_records", "Records in batches", ["loop"], **labels)
        Gauge("service", "Which service this is", ["name"], **labels).labels(service).set(1)


class Tracing:
    """Spans to an OTLP endpoint where one is set; without one they cost nearly nothing and go nowhere."""

    def __init__(self, service: str, endpoint: str | None, exporter: SpanExporter | None = None) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": f"lapor-{service}"}))
        if exporter is None and endpoint:
            exporter = OTLPSpanExporter(endpoint=endpoint)
        if exporter is not None:
            self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("lapor")

    @contextmanager
    def batch(self, loop: str, records: int) -> Iterator[None]:
        with self._tracer.start_as_current_span(f"{loop} batch", attributes={"lapor.records": records}):
            yield

    def close(self) -> None:
        self._provider.shutdown()


def current_span_id() -> str:
    """The running batch's span, as hex; random where there is none."""
    span = trace.get_current_span().get_span_context().span_id
    return f"{span:016x}" if span else secrets.token_hex(8)


def child_of(traceparent: str | None, span_id: str, event_id: UUID | None = None) -> str:
    """W3C: a complaint keeps one trace id over all services, each batch brings its span. Where a trace begins,
    it is called after its first event."""
    return f"00-{trace_id(traceparent) or (event_id.hex if event_id else secrets.token_hex(16))}-{span_id}-01"


def trace_id(traceparent: str | None) -> str | None:
    """None where it is not W3C's form: an outsider may have written anything there."""
    return _trace_id(traceparent) if traceparent and len(traceparent) == TRACEPARENT_LETTERS else None


@lru_cache(maxsize=1_024)
def _trace_id(traceparent: str) -> str | None:
    found = _TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else None
