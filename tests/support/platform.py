"""The broker and the database that the tests run on, provided with everything that stands before anyone joins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lapor_chassis import admin
from lapor_contracts.access import standing_principals
from lapor_deploy.embedded.platform import embedded_platform
from lapor_deploy.stack import Stack

# Who takes part in the tests from the start; agencies and channels of which nobody else may read.
AGENCIES = ("6407-pupr", "6407-dlh", "6407-diskominfo", "komdigi", "64-diskominfo")
CHANNELS = ("sms", "web")


@contextmanager
def platform(folder: Path) -> Iterator[Stack]:
    """Given addresses, containers where a Docker engine answers, or the embedded default."""
    with embedded_platform(folder) as stack:
        provide(stack)
        yield stack


def provide(stack: Stack) -> None:
    """Topics, users and access rules; agencies and channels of the tests."""
    who = stack.kafka_credentials("admin")
    client = admin.admin_client(stack.bootstrap, who.username, who.password)
    admin.ensure_standing_topics(client)
    admin.ensure_users(client, {name: stack.kafka_credentials(name).password for name in standing_principals()})
    admin.ensure_standing_access(client)
    admin.join_agencies(client, {code: stack.kafka_credentials(f"agency-{code}").password for code in AGENCIES})
    admin.join_channels(client, {code: stack.kafka_credentials(f"channel-{code}").password for code in CHANNELS})
