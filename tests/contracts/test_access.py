"""Who may do what: the rules that the catalogue gives, before any broker."""

from __future__ import annotations

import pytest
from lapor_contracts.access import (
    Rule,
    actor_of,
    joined_rules,
    members,
    rules,
    rules_for,
    standing_principals,
    standing_topics,
)
from lapor_contracts.catalogue import SERVICES, topics

A, B = "6407-pupr", "6407-dlh"


def may(principal: str, operation: str) -> set[str]:
    return {rule.name for rule in rules(principal) if rule.resource == "topic" and rule.operation == operation}


def test_an_agency_reads_one_topic_and_writes_one() -> None:
    assert may(f"agency-{A}", "read") == {f"lapor.agency.{A}"}
    assert may(f"agency-{A}", "write") == {f"lapor.agency-replies.{A}"}


def test_a_channel_reads_one_topic_and_writes_one() -> None:
    assert may("channel-sms", "read") == {"lapor.receipts.sms"}
    assert may("channel-sms", "write") == {"lapor.submissions.sms"}


def test_the_ombudsman_and_the_decider() -> None:
    assert may("ombudsman", "read") == {"lapor.ombudsman.alerts"}
    assert may("ombudsman", "write") == {"lapor.ombudsman.replies"}
    assert may("decider", "write") == {"lapor.decisions"}
    assert may("decider", "read") == set()


@pytest.mark.parametrize("watcher", ["oversight", "operator"])
def test_who_watches_writes_nothing(watcher: str) -> None:
    assert may(watcher, "write") == set()
    assert may(watcher, "read")


def test_contacts_are_read_by_the_notifier_alone() -> None:
    readers = {name for name in standing_principals() if "lapor.contacts" in may(name, "read")}
    assert readers == {"notifier"}


def test_each_core_topic_has_one_writer() -> None:
    for topic in topics():
        if topic.kind in ("core", "register"):
            assert [name for name in standing_principals() if topic.name in may(name, "write")] == [topic.writer]


def test_a_service_writes_its_own_dead_letters_only() -> None:
    for service in SERVICES:
        assert {name for name in may(service, "write") if ".dlq." in name} == {f"lapor.dlq.{service}"}


def test_groups_are_ones_own() -> None:
    for principal in (*standing_principals(), f"agency-{A}"):
        groups = {rule.name for rule in rules(principal) if rule.resource == "group"}
        wanted = {principal, f"{principal}-edge"} if principal in SERVICES else {principal}
        assert groups == wanted


def test_who_joins_brings_the_services_rules() -> None:
    assert set(joined_rules("agency", A)) == {
        Rule(f"agency-{A}", "group", f"agency-{A}", "read"),
        Rule(f"agency-{A}", "topic", f"lapor.agency.{A}", "read"),
        Rule(f"agency-{A}", "topic", f"lapor.agency-replies.{A}", "write"),
        Rule("router", "topic", f"lapor.agency.{A}", "write"),
        Rule("router", "topic", f"lapor.agency-replies.{A}", "read"),
    }


def test_all_rules_of_a_broker() -> None:
    names = [*standing_topics(), f"lapor.agency.{A}", f"lapor.agency-replies.{B}", "lapor.submissions.sms"]
    assert members(names) == {("agency", A), ("agency", B), ("channel", "sms")}
    found = rules_for(names)
    assert found.issuperset(joined_rules("agency", B))
    assert not any(rule.name.endswith("64-dlh") for rule in found)
    assert not any("{" in rule.name or "*" in rule.name for rule in found)


@pytest.mark.parametrize("name", ["admin", "agency", "agency-", "channel", "reporter-1", ""])
def test_unknown_principal_has_no_rules(name: str) -> None:
    with pytest.raises(KeyError):
        actor_of(name)
    with pytest.raises(KeyError):
        rules(name)
