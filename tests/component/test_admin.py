"""Topics, access rules and users on a real broker, and what the broker then lets whom do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # re-exported without `as`
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from lapor_chassis import admin
from lapor_contracts import catalogue
from lapor_contracts.access import standing_topics
from lapor_deploy.embedded.platform import embedded_platform
from lapor_deploy.errors import LaporError
from lapor_deploy.stack import Stack
from typer.testing import CliRunner

from tests.support.platform import provide

pytestmark = pytest.mark.component

A, B = "6407-pupr", "6407-dlh"
SECONDS = 30.0


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A broker of its own: these tests break what others rely on."""
    with embedded_platform(tmp_path_factory.mktemp("admin")) as stack:
        provide(stack)
        yield stack


@pytest.fixture
def client(own: Stack) -> Iterator[AdminClient]:
    """Each test leaves the broker as it found it."""
    who = own.kafka_credentials("admin")
    client = admin.admin_client(own.bootstrap, who.username, who.password)
    yield client
    assert admin.topic_differences(client) == []
    assert admin.access_differences(client) == []


def principal(stack: Stack, name: str, **more: Any) -> dict[str, Any]:
    return {**stack.kafka_client(name), "socket.timeout.ms": 10_000, **more}


def write(stack: Stack, name: str, topic: str, *, idempotent: bool = False) -> KafkaError | None:
    """What the broker says to a record of this principal; None: taken."""
    answers: list[KafkaError | None] = []
    producer = Producer(
        principal(stack, name, **{"enable.idempotence": idempotent, "acks": "all", "message.timeout.ms": 20_000}),
        logger=_QUIET,
    )
    producer.produce(topic, b"{}", on_delivery=lambda error, _: answers.append(error))
    producer.flush(SECONDS)
    assert len(answers) == 1, "no answer"
    return answers[0]


def read(stack: Stack, name: str, topic: str, group: str | None = None) -> KafkaError | None:
    """What the broker says when this principal reads from the beginning; None: it got a record."""
    config = principal(stack, name, **{"group.id": group or name, "enable.auto.commit": False})
    consumer = Consumer(config, logger=_QUIET)
    try:
        # librdkafka waits for ever for a topic that it may not see: what the broker says of it comes first.
        unseen: KafkaError | None = consumer.list_topics(topic, timeout=SECONDS).topics[topic].error
        if unseen:
            return unseen
        consumer.assign([TopicPartition(topic, 0, 0)])
        message = consumer.poll(SECONDS)
        assert message is not None, "no answer"
        if message.error():
            return message.error()
        return _commit(consumer, message)
    except KafkaException as error:
        refused: KafkaError = error.args[0]
        return refused
    finally:
        consumer.close()


_REFUSALS = {KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED}


def _commit(consumer: Consumer, message: Message) -> KafkaError | None:
    """The first group of a broker waits for its coordinator to be made: that is no answer yet.

    One that may not use the group waits too, and hears by `poll` why it gets no coordinator: at once, or after its
    first record, whichever comes first.
    """
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            consumer.commit(message=message, asynchronous=False)
            return None
        except KafkaException as error:
            if error.args[0].code() != KafkaError._WAIT_COORD or time.monotonic() > deadline:
                raise
        heard = consumer.poll(0.1)
        if heard is not None and (said := heard.error()) is not None and said.code() in _REFUSALS:
            return said


REFUSED = KafkaError.TOPIC_AUTHORIZATION_FAILED


def code(error: KafkaError | None) -> int | None:
    return error.code() if error else None


def test_an_agency_writes_and_reads_its_own(own: Stack, client: AdminClient) -> None:
    assert write(own, f"agency-{A}", f"lapor.agency-replies.{A}", idempotent=True) is None
    assert read(own, "router", f"lapor.agency-replies.{A}", "router-edge") is None
    assert write(own, "router", f"lapor.agency.{A}", idempotent=True) is None
    assert read(own, f"agency-{A}", f"lapor.agency.{A}") is None


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        (f"agency-{A}", f"lapor.agency-replies.{B}"),
        (f"agency-{A}", f"lapor.agency.{A}"),
        (f"agency-{A}", "lapor.replies"),
        ("channel-sms", "lapor.submissions.web"),
        ("channel-sms", "lapor.receipts.sms"),
        ("ombudsman", "lapor.ombudsman.alerts"),
        ("oversight", "lapor.complaints"),
        ("notifier", "lapor.complaints"),
        ("router", "lapor.complaints"),
        ("intake", "lapor.dlq.router"),
    ],
)
def test_writing_anothers_topic_is_refused(own: Stack, client: AdminClient, name: str, topic: str) -> None:
    assert code(write(own, name, topic)) == REFUSED


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        (f"agency-{A}", f"lapor.agency.{B}"),
        (f"agency-{A}", f"lapor.agency-replies.{A}"),
        (f"agency-{A}", "lapor.complaints"),
        ("channel-sms", "lapor.receipts.web"),
        ("oversight", "lapor.contacts"),
        ("router", "lapor.contacts"),
        ("operator", "lapor.complaints"),
    ],
)
def test_reading_anothers_topic_is_refused(own: Stack, client: AdminClient, name: str, topic: str) -> None:
    assert code(read(own, name, topic)) == REFUSED


def test_anothers_consumer_group_is_refused(own: Stack, client: AdminClient) -> None:
    assert write(own, "router", f"lapor.agency.{A}") is None
    error = read(own, f"agency-{A}", f"lapor.agency.{A}", group="router")
    assert code(error) == KafkaError.GROUP_AUTHORIZATION_FAILED


def test_wrong_password_gets_nowhere(own: Stack, client: AdminClient) -> None:
    stranger = admin.admin_client(own.bootstrap, "admin", "wrong")
    with pytest.raises(KafkaException):
        stranger.list_topics(timeout=3.0)


def test_a_second_time_changes_nothing(own: Stack, client: AdminClient) -> None:
    before = admin.topic_names(client)
    assert admin.ensure_standing_topics(client) == []
    assert admin.repair_topics(client) == []
    assert admin.ensure_standing_access(client) == 0
    assert admin.join_agencies(client, {A: own.kafka_credentials(f"agency-{A}").password}) == []
    assert admin.topic_names(client) == before
    assert write(own, f"agency-{A}", f"lapor.agency-replies.{A}") is None


def test_topics_are_as_the_catalogue_says(own: Stack, client: AdminClient) -> None:
    described = client.list_topics(timeout=SECONDS).topics
    for name, topic in standing_topics().items():
        assert len(described[name].partitions) == topic.partitions
    config = live_config(client, "lapor.contacts")
    assert config["retention.ms"] == str(7 * 24 * 3600 * 1000)
    assert live_config(client, "lapor.agencies")["cleanup.policy"] == "compact"
    assert live_config(client, "lapor.decisions")["message.timestamp.type"] == "LogAppendTime"
    assert live_config(client, "lapor.complaints")["message.timestamp.type"] == "CreateTime"


def test_changed_setting_is_told_and_repaired(client: AdminClient) -> None:
    resource = ConfigResource(ConfigResource.Type.TOPIC, "lapor.complaints")
    resource.add_incremental_config(ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET))
    client.incremental_alter_configs([resource])[resource].result(SECONDS)
    wait_for(lambda: live_config(client, "lapor.complaints")["retention.ms"] == "1000")
    line = "lapor.complaints: retention.ms is 1000, the catalogue says 34560000000"
    assert admin.topic_differences(client) == [line]
    assert admin.repair_topics(client) == ["lapor.complaints: retention.ms set to 34560000000"]


def test_missing_foreign_and_half_joined_topics_are_told(client: AdminClient) -> None:
    foreign = "lapor.unheard-of"
    client.create_topics([NewTopic(foreign, 1, 1)])[foreign].result(SECONDS)
    client.delete_topics([f"lapor.agency.{B}"])[f"lapor.agency.{B}"].result(SECONDS)
    wait_for(lambda: foreign in admin.topic_names(client) and f"lapor.agency.{B}" not in admin.topic_names(client))
    assert set(admin.topic_differences(client)) == {
        f"{foreign}: not in the catalogue",
        f"lapor.agency.{B}: missing",
    }
    client.delete_topics([foreign])[foreign].result(SECONDS)
    assert admin.ensure_topics(client, [f"lapor.agency.{B}"]) == [f"lapor.agency.{B}"]
    wait_for(lambda: foreign not in admin.topic_names(client))


def test_changed_partition_count_is_told_and_left_alone(client: AdminClient) -> None:
    """Partitions cannot be taken back: on a topic of a new agency, that then goes."""
    fresh = "zz-three-partitions"
    admin.join_agencies(client, {fresh: "secret-of-a-test"})
    outlet = f"lapor.agency.{fresh}"
    client.create_partitions([NewPartitions(outlet, 3)])[outlet].result(SECONDS)
    wait_for(lambda: len(client.list_topics(timeout=SECONDS).topics[outlet].partitions) == 3)
    assert admin.topic_differences(client) == [f"{outlet}: 3 partitions, the catalogue says 1"]
    assert admin.repair_topics(client) == []
    names = [outlet, f"lapor.agency-replies.{fresh}"]
    for future in client.delete_topics(names).values():
        future.result(SECONDS)
    wait_for(lambda: not admin.topic_names(client).intersection(names))
    assert len(admin.access_differences(client)) == 5
    drop_rules(client, name=None, principal=f"User:agency-{fresh}")
    for name in names:
        drop_rules(client, name=name, principal="User:router")


def test_missing_and_foreign_rules_are_told(own: Stack, client: AdminClient) -> None:
    drop_rules(client, name="lapor.complaints", principal="User:router")
    assert admin.access_differences(client) == ["missing: User:router may read topic lapor.complaints"]
    assert code(read(own, "router", "lapor.complaints")) == REFUSED
    assert admin.ensure_standing_access(client) == 1

    [foreign] = [rule for rule in admin.access_rules(f"agency-{A}") if rule.name == f"lapor.agency.{A}"]
    foreign.principal = f"User:agency-{B}"
    assert admin.ensure_access(client, [foreign]) == 1
    line = f"not in the catalogue: User:agency-{B} may read topic lapor.agency.{A}"
    assert admin.access_differences(client) == [line]
    drop_rules(client, name=f"lapor.agency.{A}", principal=f"User:agency-{B}")


def test_hundreds_of_agencies_join_in_a_few_requests(own: Stack, client: AdminClient) -> None:
    codes = [f"many-{number}" for number in range(60)]
    created = admin.join_agencies(client, dict.fromkeys(codes, "secret-of-a-test"))
    assert len(created) == 2 * len(codes)
    assert admin.user_names(client).issuperset(f"agency-{code}" for code in codes)
    assert all(catalogue.topic(name).kind in ("outlet", "edge") for name in created)


def test_commands(own: Stack, client: AdminClient) -> None:
    """As an operator types them: apply twice changes nothing, check finds a rule that was taken away."""
    assert lapor("topics", "apply", own) == (0, "0 topics made, 0 settings changed")
    assert lapor("topics", "check", own) == (0, "0 differences from the catalogue")
    assert lapor("access", "apply", own) == (0, "0 rules added, 0 users made")
    assert lapor("access", "check", own) == (0, "0 differences from the catalogue")
    drop_rules(client, name="lapor.tallies", principal="User:oversight")
    assert lapor("access", "check", own) == (
        1,
        "missing: User:oversight may read topic lapor.tallies\n1 differences from the catalogue",
    )
    assert lapor("access", "apply", own) == (0, "1 rules added, 0 users made")


def test_no_broker_at_the_address_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    monkeypatch.setenv("LAPOR_KAFKA_USERNAME", "admin")
    monkeypatch.setenv("LAPOR_KAFKA_PASSWORD", "none")
    stack = Stack.create(tmp_path)
    with pytest.raises(LaporError, match=r"no Kafka answers at 127\.0\.0\.1:9"):
        lapor("topics", "check", stack)


def lapor(group: str, command: str, stack: Stack) -> tuple[int, str]:
    from lapor_deploy.commands import access, topics

    app = {"topics": topics.app, "access": access.app}[group]
    result = CliRunner().invoke(app, [command, "--data", str(stack.data)], catch_exceptions=False)
    return result.exit_code, result.output.strip()


def live_config(client: AdminClient, topic: str) -> dict[str, str]:
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    found = client.describe_configs([resource])[resource].result(SECONDS)
    return {name: entry.value for name, entry in found.items()}


def drop_rules(client: AdminClient, *, name: str | None, principal: str) -> None:
    anything: Any = None
    which = AclBindingFilter(
        ResourceType.ANY, name or anything, ResourcePatternType.LITERAL, principal, anything,
        AclOperation.ANY, AclPermissionType.ANY,
    )  # fmt: skip
    dropped = client.delete_acls([which])[which].result(SECONDS)
    assert dropped
    wait_for(lambda: not client.describe_acls(which).result(SECONDS))


def wait_for(holds: Any) -> None:
    admin._settle(holds, "the change of a test")


class _Quiet:
    """librdkafka's own log: refusals are what these tests look for."""

    def log(self, *_: object, **__: object) -> None:
        return


_QUIET = _Quiet()
