"""How far each consumer group is behind, asked of the broker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined] # re-exported without `as`
from lapor_chassis.admin import admin_client

from lapor_deploy.embedded.kafka import ADMIN
from lapor_deploy.stack import Stack

_SECONDS = 10.0
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class GroupLag:
    """`lag`: records not yet read, over all partitions that the group has committed anything for."""

    group: str
    members: int
    lag: int


def group_lags(stack: Stack) -> list[GroupLag]:
    """Of every group the broker knows, by name. Raises KafkaException when it does not answer."""
    who = stack.kafka_credentials(ADMIN)
    client = admin_client(stack.bootstrap, who.username, who.password, tls=stack.tls)
    # A wrong address or password is told sooner than a slow request.
    client.list_topics("lapor.tallies", timeout=_CONNECT_SECONDS)
    listed = client.list_consumer_groups(request_timeout=_SECONDS).result().valid
    names = sorted(group.group_id for group in listed)
    if not names:
        return []
    described = client.describe_consumer_groups(names, request_timeout=_SECONDS)
    members = {name: len(future.result().members) for name, future in described.items()}
    return [GroupLag(name, members[name], _lag(client, name)) for name in names]


def _lag(client: AdminClient, group: str) -> int:
    wanted = [ConsumerGroupTopicPartitions(group)]
    committed = client.list_consumer_group_offsets(wanted, request_timeout=_SECONDS)[group].result().topic_partitions
    known = [part for part in committed or [] if part.offset >= 0]
    if not known:
        return 0
    latest: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    asked = {TopicPartition(part.topic, part.partition): latest for part in known}
    ends = {
        (part.topic, part.partition): future.result().offset
        for part, future in client.list_offsets(asked, request_timeout=_SECONDS).items()
    }
    return sum(max(0, ends[part.topic, part.partition] - part.offset) for part in known)
