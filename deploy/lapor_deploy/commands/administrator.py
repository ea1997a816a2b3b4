"""The broker as its administrator sees it, with errors that an operator can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from lapor_chassis import admin

from lapor_deploy.embedded.kafka import ADMIN
from lapor_deploy.errors import LaporError
from lapor_deploy.stack import Stack

# A wrong address or password is told sooner than a slow request.
CONNECT_SECONDS = 5.0
_UNREACHABLE = frozenset({KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN})


@contextmanager
def administrator(stack: Stack) -> Iterator[AdminClient]:
    """Raises LaporError where the broker does not answer, or does not take this administrator."""
    who = stack.kafka_credentials(ADMIN)
    try:
        client = admin.admin_client(stack.bootstrap, who.username, who.password, tls=stack.tls)
        client.list_topics("lapor.complaints", timeout=CONNECT_SECONDS)
        yield client
    except KafkaException as error:
        raise _explained(error.args[0], stack.bootstrap) from error
    except TimeoutError as error:
        raise LaporError(str(error), "see the broker's log, and try again") from error


def _explained(error: KafkaError, bootstrap: str) -> LaporError:
    if error.code() in _UNREACHABLE:
        return LaporError(
            f"no Kafka answers at {bootstrap} with these credentials",
            "start the stack with `lapor up`, or check LAPOR_KAFKA_BOOTSTRAP and its user name and password",
        )
    return LaporError(
        f"Kafka at {bootstrap} refused ({error.name()})", "see its log, or whether the user is an administrator"
    )
