"""Who may do what on the broker: computed from the catalogue, for literal topics only.

A principal is a service (`router`), an outsider with a code (`agency-6407-pupr`, `channel-sms`) or one
without (`ombudsman`, `decider`, `operator`, `oversight`). Reading and writing include seeing (Kafka implies
Describe), and who may write a topic may do so idempotently (KIP-679), so no rule says either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from lapor_contracts.catalogue import OUTSIDE, SERVICES, Topic, topics

Operation = Literal["read", "write"]
# Outsiders of whom there are many; of the others there is one, and its name is the principal.
CODED = ("agency", "channel")


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """`principal` may `operation` the topic or consumer group `name`."""

    principal: str
    resource: Literal["topic", "group"]
    name: str
    operation: Operation


def principal_of(actor: str, code: str | None = None) -> str:
    """`agency`, `6407-pupr` -> `agency-6407-pupr`; an actor without codes is its own principal."""
    return f"{actor}-{code}" if actor in CODED and code else actor


def actor_of(principal: str) -> tuple[str, str | None]:
    """The actor and its code. Raises KeyError for a name that no actor of the catalogue has."""
    if principal in SERVICES or (principal in OUTSIDE and principal not in CODED):
        return principal, None
    actor, _, code = principal.partition("-")
    if actor in CODED and code:
        return actor, code
    raise KeyError(f"no principal {principal} in the catalogue")


def groups_of(principal: str) -> tuple[str, ...]:
    """The consumer groups it may use: a service reads core and edge topics in two."""
    return (principal, f"{principal}-edge") if principal in SERVICES else (principal,)


def rules(principal: str) -> list[Rule]:
    """All that hold for it alone; what a service may do on a family's topics comes with each member.

    Raises KeyError for a name that no actor of the catalogue has.
    """
    actor, code = actor_of(principal)
    found = [Rule(principal, "group", group, "read") for group in groups_of(principal)]
    for topic in topics():
        for name in _names(topic, actor, code):
            found += _on_topic(topic, name, actor, principal)
    return found


def member_rules(family: Topic, code: str) -> list[Rule]:
    """What the services may do on one topic of a family, once it exists."""
    name = family.of(code)
    return [rule for service in SERVICES for rule in _on_topic(family, name, service, service)]


def standing_topics() -> dict[str, Topic]:
    """Every topic that exists before anyone joins, by its name."""
    return {name: topic for topic in topics() for name in _standing_names(topic)}


def standing_principals() -> tuple[str, ...]:
    return (*SERVICES, *(actor for actor in OUTSIDE if actor not in CODED))


def families_of(actor: str) -> tuple[Topic, ...]:
    """The families that get a topic for each code of `agency` or `channel`."""
    return tuple(t for t in topics() if t.family and actor in (*t.writers, *t.readers))


def rules_for(names: Iterable[str]) -> set[Rule]:
    """All rules of a broker that holds these topics: the standing ones, and those of each that joined."""
    found = {rule for principal in standing_principals() for rule in rules(principal)}
    for actor, code in members(names):
        found.update(joined_rules(actor, code))
    return found


def joined_rules(actor: str, code: str) -> list[Rule]:
    """All that one agency or channel brings with it: its own rules, and the services' on its topics."""
    own = rules(principal_of(actor, code))
    return own + [rule for family in families_of(actor) for rule in member_rules(family, code)]


def members(names: Iterable[str]) -> set[tuple[str, str]]:
    """Which agencies and channels have a topic among these names: (`agency`, `6407-pupr`)."""
    listed = list(names)
    return {
        (actor, family.code_of(name))
        for actor in CODED
        for family in families_of(actor)
        for name in listed
        if family.matches(name)
    }


def _on_topic(topic: Topic, name: str, actor: str, principal: str) -> Iterator[Rule]:
    if actor in topic.readers:
        yield Rule(principal, "topic", name, "read")
    if actor in topic.writers and not (topic.kind == "dead_letters" and topic.code_of(name) != actor):
        yield Rule(principal, "topic", name, "write")


def _names(topic: Topic, actor: str, code: str | None) -> tuple[str, ...]:
    """The topics of this entry that concern the actor itself, not by way of a member that joined."""
    if topic in families_of(actor) and code:
        return (topic.of(code),)
    return _standing_names(topic)


def _standing_names(topic: Topic) -> tuple[str, ...]:
    if not topic.family:
        return (topic.name,)
    return tuple(topic.of(service) for service in SERVICES) if topic.kind == "dead_letters" else ()
