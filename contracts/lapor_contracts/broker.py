"""How a topic has to be set up on a broker: computed from the catalogue, in Kafka's own words."""

from __future__ import annotations

from lapor_contracts.catalogue import Topic

DAY_MS = 86_400_000
# Kafka's default for a batch of records, said aloud: what is larger never gets in.
MAX_MESSAGE_BYTES = 1_048_588
# Kafka deletes whole segments, and rolls one a week by default: what is kept for seven days would stay for
# two weeks. With a segment a day it stays at most a day longer than promised.
SHORT_LIVED_DAYS = 30


def topic_config(topic: Topic, *, replication: int = 1) -> dict[str, str]:
    """The settings of a topic; all that the catalogue does not say keep the broker's defaults."""
    config = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "message.timestamp.type": "LogAppendTime" if topic.stamped_by_broker else "CreateTime",
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
        # One replica may be down without stopping the writers; acks=all waits for the rest.
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    if not topic.compacted:
        config["retention.ms"] = str(topic.retention_days * DAY_MS)
        if topic.retention_days <= SHORT_LIVED_DAYS:
            config["segment.ms"] = str(DAY_MS)
    return config
