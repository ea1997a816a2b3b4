"""The catalogue and the code say the same: who writes each event, who reads it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from lapor_contracts import catalogue
from lapor_contracts.base import Event
from lapor_contracts.catalogue import OUTSIDE, SERVICES, Topic
from lapor_contracts.events import EVENTS

from tests.architecture.code import constructed, mentioned, strings

# Each service writes these through the chassis.
BY_CHASSIS = ("tallies", "dead_letters")
TOPIC_OF = {event: topic for topic in catalogue.topics() for event in topic.events}
every_event = pytest.mark.parametrize("event_type", sorted(EVENTS))
every_service = pytest.mark.parametrize("service", SERVICES)


def handlers(service: str, table: str) -> Mapping[type[Event], Any]:
    module = importlib.import_module(f"lapor_{service}.handlers")
    found: Mapping[type[Event], Any] = getattr(module, table, {})
    return found


@cache
def read_in(service: str) -> set[type[Event]]:
    """What a service really reads: its tables; a register and sealed submissions have a reader of their own."""
    tables = {*handlers(service, "HANDLERS"), *handlers(service, "EDGE_HANDLERS")}
    own_ways = {
        event
        for event in mentioned(service)
        for topic in [TOPIC_OF[event.type]]
        if service in topic.readers and (topic.kind == "register" or topic.key == "submission id")
    }
    return tables | own_ways


@every_event
def test_who_writes_it_makes_it_and_nobody_else(event_type: str) -> None:
    event, topic = EVENTS[event_type], TOPIC_OF[event_type]
    makers = {name for name in ("chassis", *SERVICES) if event in constructed(name)}
    if topic.kind in BY_CHASSIS:
        assert makers == {"chassis"}
    elif topic.writer in OUTSIDE:
        assert makers == set()
    else:
        assert makers == {topic.writer}


@every_event
def test_somebody_reads_it(event_type: str) -> None:
    event, topic = EVENTS[event_type], TOPIC_OF[event_type]
    inside = {service for service in SERVICES if event in read_in(service)}
    outside = set(topic.readers).intersection(OUTSIDE)
    assert inside | outside


@every_service
def test_a_service_handles_only_what_it_may_read(service: str) -> None:
    for table, kinds in (("HANDLERS", {"core"}), ("EDGE_HANDLERS", {"edge"})):
        for event in handlers(service, table):
            topic = TOPIC_OF[event.type]
            assert service in topic.readers, f"{service} handles {event.type}, which it may not read"
            assert topic.kind in kinds, f"{event.type} in {table}"


@every_service
def test_a_service_reads_no_topic_in_vain(service: str) -> None:
    for topic in catalogue.read_by(service):
        assert any(EVENTS[event] in read_in(service) for event in topic.events), topic.name


@every_service
def test_topics_named_in_the_code_are_those_of_the_service(service: str) -> None:
    own = {*catalogue.read_by(service), *catalogue.written_by(service)}
    for text in strings(service):
        named = _topic(text)
        assert named is None or named in own, f"{service} names {text}"


@every_service
def test_handlers_are_functions_of_the_service(service: str) -> None:
    for handler in (*handlers(service, "HANDLERS").values(), *handlers(service, "EDGE_HANDLERS").values()):
        assert handler.__module__.startswith(f"lapor_{service}.")


def test_every_name_in_the_catalogue_is_a_service_or_marked_outside() -> None:
    known = {*SERVICES, *OUTSIDE}
    for topic in catalogue.topics():
        assert known.issuperset((*topic.writers, *topic.readers)), topic.name


def test_core_topics_have_the_same_partition_count() -> None:
    """A complaint has the same partition on all of them."""
    assert len({topic.partitions for topic in catalogue.topics() if topic.kind == "core"}) == 1


def _topic(text: str) -> Topic | None:
    """Families are left out: a mail may tell an agency the name of its own."""
    return next((topic for topic in catalogue.topics() if text == topic.name and not topic.family), None)
