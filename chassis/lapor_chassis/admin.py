"""Topics, access rules and users of a broker, made as the catalogue says. Blocking; all calls in bulk.

What changes a broker waits until the broker itself says that the change holds: who was given access may
use it at once. Everything may be repeated; a second time changes nothing. Errors are KafkaException.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # re-exported without `as`
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)
from lapor_contracts import access, catalogue
from lapor_contracts.broker import topic_config

PREFIX = "lapor."
REQUEST_SECONDS = 30.0
SETTLE_SECONDS = 15.0
# RFC 7677 asks for 4096 at least; the passwords are random, so more would protect nothing.
SCRAM_ITERATIONS = 4096

T = TypeVar("T")
# In a filter None is any; the type stubs do not know.
_ANY: Any = None
_RESOURCES = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}
_OPERATIONS = {"read": AclOperation.READ, "write": AclOperation.WRITE}


def admin_client(bootstrap: str, username: str | None, password: str | None, *, tls: bool = False) -> AdminClient:
    """Without `username`: a broker that asks for none. Connects when used; librdkafka's log is dropped."""
    config: dict[str, Any] = {"bootstrap.servers": bootstrap, "client.id": "lapor-admin"}
    if username is not None:
        config |= {
            "security.protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": username,
            "sasl.password": password,
        }
    elif tls:
        config["security.protocol"] = "SSL"
    quiet = logging.getLogger("lapor.kafka.admin")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    return AdminClient(config, logger=quiet)


# --- topics ---------------------------------------------------------------------------------------------


def topic_names(admin: AdminClient) -> set[str]:
    """Those of ours that the broker has."""
    return {name for name in admin.list_topics(timeout=REQUEST_SECONDS).topics if name.startswith(PREFIX)}


def ensure_topics(admin: AdminClient, names: Iterable[str], *, replication: int = 1) -> list[str]:
    """Make those that are missing; their names. Raises KeyError for one that is not in the catalogue."""
    existing = topic_names(admin)
    missing = [name for name in dict.fromkeys(names) if name not in existing]
    new = [_new_topic(name, replication) for name in missing]
    if not new:
        return []
    created = [
        name
        for name, future in admin.create_topics(new, request_timeout=REQUEST_SECONDS).items()
        if _done_unless(future, KafkaError.TOPIC_ALREADY_EXISTS)
    ]
    _settle(lambda: topic_names(admin).issuperset(missing), "the new topics")
    return created


def ensure_standing_topics(admin: AdminClient, *, replication: int = 1) -> list[str]:
    """Every topic that exists before anyone joins."""
    return ensure_topics(admin, access.standing_topics(), replication=replication)


def repair_topics(admin: AdminClient) -> list[str]:
    """Set what differs from the catalogue; a line for each. Partitions are never changed: only told."""
    wrong = _wrong_configs(admin)
    resources = []
    for name, settings in wrong.items():
        resource = ConfigResource(ConfigResource.Type.TOPIC, name)
        for key, (_, wanted) in settings.items():
            resource.add_incremental_config(ConfigEntry(key, wanted, incremental_operation=AlterConfigOpType.SET))
        resources.append(resource)
    if resources:
        _all(admin.incremental_alter_configs(resources, request_timeout=REQUEST_SECONDS).values())
        _settle(lambda: not _wrong_configs(admin), "the topics' settings")
    return [f"{name}: {key} set to {wanted}" for name, key, _, wanted in _flat(wrong)]


def topic_differences(admin: AdminClient) -> list[str]:
    """How the broker differs from the catalogue, a line each; empty where it does not."""
    metadata = admin.list_topics(timeout=REQUEST_SECONDS).topics
    present = {name for name in metadata if name.startswith(PREFIX)}
    lines = [f"{name}: missing" for name in sorted(_expected_topics(present) - present)]
    for name in sorted(present):
        try:
            wanted = catalogue.topic(name).partitions
        except KeyError:
            lines.append(f"{name}: not in the catalogue")
            continue
        found = len(metadata[name].partitions)
        if found != wanted:
            lines.append(f"{name}: {found} partitions, the catalogue says {wanted}")
    wrong = _wrong_configs(admin)
    return lines + [f"{name}: {key} is {is_}, the catalogue says {w}" for name, key, is_, w in _flat(wrong)]


def _expected_topics(present: Iterable[str]) -> set[str]:
    """The standing ones, and every topic of each agency and channel of which there is one."""
    joined = {family.of(code) for actor, code in access.members(present) for family in access.families_of(actor)}
    return joined | set(access.standing_topics())


def _new_topic(name: str, replication: int) -> NewTopic:
    topic = catalogue.topic(name)
    return NewTopic(name, topic.partitions, replication, config=topic_config(topic, replication=replication))


def _wrong_configs(admin: AdminClient) -> dict[str, dict[str, tuple[str, str]]]:
    """By topic and setting: what is, what the catalogue says."""
    metadata = admin.list_topics(timeout=REQUEST_SECONDS).topics
    known = [name for name in sorted(metadata) if name.startswith(PREFIX) and _in_catalogue(name)]
    if not known:
        return {}
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in known]
    described = admin.describe_configs(resources, request_timeout=REQUEST_SECONDS)
    wrong: dict[str, dict[str, tuple[str, str]]] = {}
    for resource, future in described.items():
        found = future.result(REQUEST_SECONDS)
        replication = len(next(iter(metadata[resource.name].partitions.values())).replicas)
        for key, wanted in topic_config(catalogue.topic(resource.name), replication=replication).items():
            if found[key].value != wanted:
                wrong.setdefault(resource.name, {})[key] = (found[key].value, wanted)
    return wrong


def _in_catalogue(name: str) -> bool:
    return any(name == topic.name or topic.matches(name) for topic in catalogue.topics())


def _flat(wrong: Mapping[str, Mapping[str, tuple[str, str]]]) -> list[tuple[str, str, str, str]]:
    return [(name, key, *values) for name, keys in wrong.items() for key, values in sorted(keys.items())]


# --- access rules ---------------------------------------------------------------------------------------


def access_rules(principal: str) -> list[AclBinding]:
    """Its own rules, from the catalogue. Raises KeyError for a name that no actor of the catalogue has."""
    return [_binding(rule) for rule in access.rules(principal)]


def member_rules(name: str) -> list[AclBinding]:
    """What the services may do on this topic of a family. Raises KeyError for an unknown name."""
    family = catalogue.topic(name)
    return [_binding(rule) for rule in access.member_rules(family, family.code_of(name))]


def ensure_access(admin: AdminClient, bindings: Iterable[AclBinding]) -> int:
    """Add the rules that are missing; how many."""
    missing = list(set(bindings) - _live_rules(admin))
    if missing:
        _all(admin.create_acls(missing, request_timeout=REQUEST_SECONDS).values())
        _settle(lambda: _live_rules(admin).issuperset(missing), "the new access rules")
    return len(missing)


def ensure_standing_access(admin: AdminClient) -> int:
    """All rules of the services and single outsiders, and of whoever has a topic on this broker."""
    return ensure_access(admin, map(_binding, access.rules_for(topic_names(admin))))


def access_differences(admin: AdminClient) -> list[str]:
    """How the broker's rules differ from the catalogue, a line each; empty where they do not."""
    expected = {_binding(rule) for rule in access.rules_for(topic_names(admin))}
    live = _live_rules(admin)
    lines = [f"missing: {_sentence(rule)}" for rule in expected - live]
    lines += [f"not in the catalogue: {_sentence(rule)}" for rule in live - expected]
    return sorted(lines)


def _binding(rule: access.Rule) -> AclBinding:
    return AclBinding(
        _RESOURCES[rule.resource], rule.name, ResourcePatternType.LITERAL, f"User:{rule.principal}", "*",
        _OPERATIONS[rule.operation], AclPermissionType.ALLOW,
    )  # fmt: skip


def _live_rules(admin: AdminClient) -> set[AclBinding]:
    every = AclBindingFilter(
        ResourceType.ANY, _ANY, ResourcePatternType.ANY, _ANY, _ANY, AclOperation.ANY, AclPermissionType.ANY
    )
    return set(admin.describe_acls(every, request_timeout=REQUEST_SECONDS).result(REQUEST_SECONDS))


def _sentence(rule: AclBinding) -> str:
    verb = "may" if rule.permission_type == AclPermissionType.ALLOW else "may not"
    pattern = "" if rule.resource_pattern_type == ResourcePatternType.LITERAL else "every "
    name = f"{pattern}{ResourceType(rule.restype).name.lower()} {rule.name}"
    return f"{rule.principal} {verb} {AclOperation(rule.operation).name.lower()} {name}"


# --- users ----------------------------------------------------------------------------------------------


def user_names(admin: AdminClient) -> set[str]:
    described: Any = admin.describe_user_scram_credentials(request_timeout=REQUEST_SECONDS)
    return set(described.result(REQUEST_SECONDS))


def ensure_user(admin: AdminClient, name: str, password: str) -> None:
    """From now on `name` signs in with this password; what is connected stays so."""
    ensure_users(admin, {name: password})


def ensure_users(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    """By name: a broker does not tell passwords, so each is set again."""
    if not passwords:
        return
    kind = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
    changes: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(name, kind, word.encode()) for name, word in passwords.items()
    ]
    _all(admin.alter_user_scram_credentials(changes, request_timeout=REQUEST_SECONDS).values())
    _settle(lambda: user_names(admin).issuperset(passwords), "the new users")


# --- whoever joins --------------------------------------------------------------------------------------


def join_agencies(admin: AdminClient, passwords: Mapping[str, str], *, replication: int = 1) -> list[str]:
    """By code: outlet and edge topic, user `agency-<code>`, rules for it and the services; the new topics."""
    return _join(admin, "agency", passwords, replication)


def join_channels(admin: AdminClient, passwords: Mapping[str, str], *, replication: int = 1) -> list[str]:
    """By code: both its topics, user `channel-<code>`, rules for it and the services; the new topics."""
    return _join(admin, "channel", passwords, replication)


def _join(admin: AdminClient, actor: str, passwords: Mapping[str, str], replication: int) -> list[str]:
    names = [family.of(code) for family in access.families_of(actor) for code in passwords]
    created = ensure_topics(admin, names, replication=replication)
    ensure_access(admin, (_binding(r) for code in passwords for r in access.joined_rules(actor, code)))
    ensure_users(admin, {access.principal_of(actor, code): word for code, word in passwords.items()})
    return created


# --- waiting --------------------------------------------------------------------------------------------


def _all(futures: Collection[Future[T]]) -> list[T]:
    return [future.result(REQUEST_SECONDS) for future in futures]


def _done_unless(future: Future[Any], tolerated: int) -> bool:
    """Whether it was done here; False where the error says that it was done already."""
    try:
        future.result(REQUEST_SECONDS)
    except KafkaException as error:
        if error.args[0].code() != tolerated:
            raise
        return False
    return True


def _settle(holds: Callable[[], bool], what: str) -> None:
    """A controller has committed the change; a broker sees it a moment later."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the broker does not show {what} after {SETTLE_SECONDS:.0f} s")
        time.sleep(0.02)
