"""Clients of the broker, all with the same safe defaults."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.errors import RequestTimedOutError
from aiokafka.protocol.fetch import FetchRequest
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

from lapor_chassis.settings import ServiceSettings

PRODUCER_BATCH_BYTES = 512 * 1024
REQUEST_TIMEOUT_MS = 20_000
DEFAULT = ConnectionGroup.DEFAULT
# Of the questions for new records: the broker answers what comes on a connection one after the other.
FETCHING = "fetching"
# How long the broker may hold such a question where there are no records: it answers at once when one comes, so
# this says how often an idle consumer asks, and how long a partition that has just moved to a broker may have to wait
# for the next question to it. The second: how often the consumer looks whether it has to ask.
PATIENT: dict[str, Any] = {"fetch_max_wait_ms": 5_000, "consumer_timeout_ms": 1_000}
METADATA_SECONDS = 300.0  # where no topic can be new: the library's own


_send = AIOKafkaClient.send


async def _send_apart(self: AIOKafkaClient, node_id: int, request: Any, *, group: Any = DEFAULT) -> Any:
    """Nothing waits behind a question for records that the broker holds: it has a connection of its own, and one
    that nobody waits for any more, because the partitions went to others, goes with it.

    aiokafka 0.14 closes the connection of a request that timed out, and raises KeyError where another
    request has closed it first: a consumer's fetching ended by that, for ever, after a broker's outage."""
    group = FETCHING if isinstance(request, FetchRequest) else group
    try:
        return await _send(self, node_id, request, group=group)  # type: ignore[no-untyped-call]
    except KeyError as error:
        raise RequestTimedOutError from error
    except asyncio.CancelledError:
        if group == FETCHING and (connection := self._conns.get((node_id, FETCHING))):
            connection.close()
        raise


AIOKafkaClient.send = _send_apart  # type: ignore[method-assign]


def client_options(settings: ServiceSettings) -> dict[str, Any]:
    """What consumer and producer of aiokafka share."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
    }
    if settings.kafka_username and settings.kafka_password:
        options |= {
            "security_protocol": "SASL_SSL" if settings.kafka_tls else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    elif settings.kafka_tls:
        options["security_protocol"] = "SSL"
    return options


def producer(settings: ServiceSettings, name: str) -> AIOKafkaProducer:
    """Idempotent, acks=all. Start it before use."""
    return AIOKafkaProducer(
        client_id=f"{name}-{settings.instance}",
        acks="all",
        enable_idempotence=True,
        max_batch_size=PRODUCER_BATCH_BYTES,
        linger_ms=0,
        **client_options(settings),
    )


def plain_consumer(settings: ServiceSettings, *topics: str, **options: Any) -> AIOKafkaConsumer:
    """Outside of any group unless `group_id` is given; from the beginning."""
    defaults = {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
    return AIOKafkaConsumer(*topics, **{**client_options(settings), **defaults, **options})


def broker(settings: ServiceSettings, name: str, *, families: bool) -> KafkaBroker:
    """FastStream's, for consuming only: publishing is the lanes'. `families`: topics may be made that it reads."""
    return KafkaBroker(
        settings.kafka_bootstrap,
        client_id=f"{name}-{settings.instance}",
        consumer_only=True,
        allow_auto_create_topics=False,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=int((settings.metadata_seconds if families else METADATA_SECONDS) * 1000),
        security=_security(settings),
        graceful_timeout=25.0,
        logger=None,
        apply_types=False,
    )


def _security(settings: ServiceSettings) -> BaseSecurity | None:
    if settings.kafka_username and settings.kafka_password:
        return SASLScram512(
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            use_ssl=settings.kafka_tls,
        )
    return BaseSecurity(use_ssl=True) if settings.kafka_tls else None
