"""What `lapor up` runs on the platform: topics, access rules and users first, then the services."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import typer.main
from click.exceptions import ClickException
from click.exceptions import Exit as ClickExit
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


# Who takes part from the first start: enough to try everything, with the superiors and the Ombudsman's offices of
# each, and the nation's admin, or their mails would go nowhere. Others: `lapor agency join <code>`, or --all.
CHANNELS = ("app", "sms", "web")
FIRST_AGENCIES = (
    "64-diskominfo", "64-inspektorat", "6407-pupr", "6407-dlh", "6407-diskominfo", "6407-dinkes", "6407-disdikbud",
    "6407-inspektorat", "komdigi", "itjen-komdigi", "itjen-kemendagri", "pln-64", "pln", "itjen-kemenesdm",
    "ombudsman-64", "ombudsman-ri", "panrb",
)  # fmt: skip


def prepare(stack: Stack) -> None:
    """Keys, topics, access rules, users, and the first channels. Each may be repeated."""
    for service, entry in _entries("lapor.keys").items():
        entry.load()(stack.data / "keys" / service)
    provide_broker(stack)


def welcome(stack: Stack) -> None:
    """The first agencies join. May be repeated."""
    join_agencies(stack, FIRST_AGENCIES)


def key_file(stack: Stack, service: str, name: str) -> Path:
    """A key that the service's own package made in the data folder."""
    return stack.data / "keys" / service / name


def join_agencies(stack: Stack, codes: Sequence[str]) -> None:
    """As `lapor agency join` does it: the command is the router's."""
    environment = dict(os.environ)
    os.environ.update(stack.operator_env())
    try:
        command = typer.main.get_command(_entries("lapor.commands")["agency"].load())
        with contextlib.redirect_stdout(io.StringIO()):
            command.main(["join", *codes], standalone_mode=False)
    except (ClickException, ClickExit) as error:
        raise LaporError("the first agencies could not join", "see the line above, and `lapor agency join`") from error
    finally:
        os.environ.clear()
        os.environ.update(environment)


def _entries(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def provide_broker(stack: Stack) -> None:
    """Topics, access rules and users as the catalogue says, and the channels."""
    who = stack.kafka_credentials(ADMIN)
    client = admin.admin_client(stack.bootstrap, who.username, who.password, tls=stack.tls)
    try:
        admin.ensure_standing_topics(client)
        admin.ensure_standing_access(client)
        passwords = {name: stack.kafka_credentials(name).password for name in access.standing_principals()}
        admin.ensure_users(client, passwords)
        admin.join_channels(client, {c: stack.kafka_credentials(f"channel-{c}").password for c in CHANNELS})
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
        {**stack.env_for(name, instance), **_key_files(stack, name)},
        stop_seconds=STOP_SECONDS,
        health_url=f"http://127.0.0.1:{stack.http_port(name, instance)}/health/ready",
    )


def _key_files(stack: Stack, name: str) -> dict[str, str]:
    """Where a service finds its keys; nothing but the public ones is shared."""
    files = {
        "intake": {
            "LAPOR_MASTER_KEY_FILE": ("intake", "master.key"),
            "LAPOR_INDEX_KEY_FILE": ("intake", "index.key"),
            "LAPOR_ACCESS_KEY_FILE": ("intake", "access.key"),
            "LAPOR_SEALING_KEY_FILE": ("intake", "sealing.jwk"),
            "LAPOR_NOTIFIER_PUBLIC_KEY_FILE": ("notifier", "contact.public.jwk"),
        },
        "notifier": {"LAPOR_CONTACT_KEY_FILE": ("notifier", "contact.jwk")},
    }
    return {variable: str(key_file(stack, *where)) for variable, where in files.get(name, {}).items()}


PARTS = Parts(prepare=prepare, services=services, welcome=welcome)
