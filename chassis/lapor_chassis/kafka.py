"""Clients of the broker, all with the same safe defaults."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.errors import RequestTimedOutError
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

from lapor_chassis.settings import ServiceSettings

PRODUCER_BATCH_BYTES = 512 * 1024
REQUEST_TIMEOUT_MS = 20_000
DEFAULT = ConnectionGroup.DEFAULT


_send = AIOKafkaClient.send


async def _send_or_time_out(self: AIOKafkaClient, node_id: int, request: Any, *, group: Any = DEFAULT) -> Any:
    """aiokafka 0.14 closes the connection of a request that timed out, and raises KeyError where another
    request has closed it first: a consumer's fetching ended by that, for ever, after a broker's outage."""
    try:
        return await _send(self, node_id, request, group=group)  # type: ignore[no-untyped-call]
    except KeyError as error:
        raise RequestTimedOutError from error


AIOKafkaClient.send = _send_or_time_out  # type: ignore[method-assign]


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


def broker(settings: ServiceSettings, name: str) -> KafkaBroker:
    """FastStream's, for consuming only: publishing is the lanes'."""
    return KafkaBroker(
        settings.kafka_bootstrap,
        client_id=f"{name}-{settings.instance}",
        consumer_only=True,
        allow_auto_create_topics=False,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=int(settings.metadata_seconds * 1000),
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
