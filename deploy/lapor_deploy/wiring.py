"""What `lapor up` runs on the platform: topics, access rules and users first, then the services."""

from __future__ import annotations

import sys

from confluent_kafka import KafkaException
from lapor_chassis import admin
from lapor_contracts import access

from lapor_deploy.embedded.kafka import ADMIN
from lapor_deploy.embedded.program import Program
from lapor_deploy.errors import LaporError
from lapor_deploy.parts import Parts
from lapor_deploy.stack import SERVICES, Stack

# The services end by themselves a moment before this: a record in flight is then simply read again.
STOP_SECONDS = 8


def prepare(stack: Stack) -> None:
    """Topics, access rules and users as the catalogue says. Each may be repeated."""
    who = stack.kafka_credentials(ADMIN)
    client = admin.admin_client(stack.bootstrap, who.username, who.password, tls=stack.tls)
    try:
        admin.ensure_standing_topics(client)
        admin.ensure_standing_access(client)
        passwords = {name: stack.kafka_credentials(name).password for name in access.standing_principals()}
        admin.ensure_users(client, passwords)
    except KafkaException as error:
        raise LaporError(
            f"Kafka refused to make topics or access rules ({error.args[0].name()})",
            "see its log, or whether the given user is an administrator",
        ) from error


def services(stack: Stack) -> list[Program]:
    """One process a service."""
    return [service_program(stack, name) for name in SERVICES]


def service_program(stack: Stack, name: str, instance: int = 0) -> Program:
    """A service as a program; `instance` tells replicas apart."""
    return Program(
        name if instance == 0 else f"{name}-{instance}",
        [sys.executable, "-m", f"lapor_{name}"],
        stack.env_for(name, instance),
        stop_seconds=STOP_SECONDS,
        health_url=f"http://127.0.0.1:{stack.http_port(name, instance)}/health/ready",
    )


PARTS = Parts(prepare=prepare, services=services)
