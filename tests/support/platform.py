"""The broker and the database that the tests run on, provided with everything that stands before anyone joins.

Where each comes from, the first that there is:

1. given addresses: `LAPOR_KAFKA_BOOTSTRAP` with `LAPOR_KAFKA_USERNAME` and `LAPOR_KAFKA_PASSWORD` of an
   administrator (SASL_PLAINTEXT, SCRAM-SHA-512); `LAPOR_POSTGRES_ADMIN_URL` of a superuser, or
   `LAPOR_<SERVICE>_DATABASE_URL` for each service. What is in them decides what happens: see `given`.
2. containers, where a Docker engine answers and has or gets the images: see `containers`.
3. the embedded ones.

`LAPOR_TEST_PLATFORM=containers` or `=embedded` passes over the rest. Tests that break a broker, or need one
that nobody else writes to, start their own in the same way, and never use a given one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from lapor_chassis import admin
from lapor_contracts.access import standing_principals
from lapor_deploy.embedded.platform import embedded_platform
from lapor_deploy.stack import SERVICES, Stack

from tests.support import containers, given
from tests.support.given import UnusableError

# Who takes part in the tests from the start; agencies and channels of which nobody else may read.
AGENCIES = ("6407-pupr", "6407-dlh", "6407-diskominfo", "komdigi", "64-diskominfo")
CHANNELS = ("sms", "web")

Source = Literal["given", "containers", "embedded"]


@dataclass(frozen=True)
class Choice:
    """Where broker and database come from; `why` no containers, if that was asked."""

    kafka: Source
    postgres: Source
    why: str | None = None

    def __str__(self) -> str:
        words = f"Kafka {self.kafka}, PostgreSQL {self.postgres}"
        return f"{words} ({self.why})" if self.why else words


def take_given(environ: MutableMapping[str, str]) -> dict[str, str]:
    """Take what is said to services out of the environment: no test may depend on the shell it was started in."""
    return {name: value for name in _said_to_services(environ) if (value := environ.pop(name))}


def choose(settings: Mapping[str, str], engine_refuses: Callable[[], str | None]) -> Choice:
    """`engine_refuses()` says why no container can be had; asked only where it matters. Raises UnusableError."""
    kafka = "LAPOR_KAFKA_BOOTSTRAP" in settings
    postgres = "LAPOR_POSTGRES_ADMIN_URL" in settings or _service_urls(settings)
    wanted = settings.get("LAPOR_TEST_PLATFORM")
    if wanted not in (None, "containers", "embedded"):
        raise UnusableError(f"LAPOR_TEST_PLATFORM is {wanted}", "say `containers` or `embedded`, or unset it")
    if wanted is None and kafka and postgres:
        return Choice("given", "given")
    why = "LAPOR_TEST_PLATFORM says so" if wanted == "embedded" else engine_refuses()
    if wanted == "containers" and why:
        raise UnusableError("LAPOR_TEST_PLATFORM says containers", why)
    rest: Source = "embedded" if why else "containers"
    if wanted:
        return Choice(rest, rest, why)
    return Choice("given" if kafka else rest, "given" if postgres else rest, why)


def chosen(addresses: Mapping[str, str] | None = None) -> tuple[Choice, dict[str, str]]:
    """The choice, and the settings it was made by; fetches images that are missing. Raises UnusableError."""
    own = {name: value for name, value in os.environ.items() if name.startswith("LAPOR_TEST_") and value}
    known = {**own, **(addresses or {})}
    return choose(known, lambda: containers.refusal(known)), known


@contextmanager
def platform(folder: Path, addresses: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """`addresses`: what `take_given` gave; without them nothing counts as given, only `LAPOR_TEST_*` does."""
    choice, known = chosen(addresses)
    with ExitStack() as cleanup:
        found: dict[str, str] = {}
        if choice.kafka == "given":
            found |= cleanup.enter_context(given.broker(known))
        if choice.kafka == "containers":
            found |= cleanup.enter_context(containers.broker(folder, known))
        if choice.postgres == "given":
            found |= cleanup.enter_context(given.databases(known))
        if choice.postgres == "containers":
            server = cleanup.enter_context(containers.database_server(folder, known))
            found |= cleanup.enter_context(given.databases(server))
        with pytest.MonkeyPatch.context() as patch:
            for name in _said_to_services(os.environ):
                patch.delenv(name)
            for name, value in found.items():
                patch.setenv(name, value)
            # Starts what has no address, and reads those that there are from the environment, once.
            stack = cleanup.enter_context(embedded_platform(folder))
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


def _said_to_services(environ: Mapping[str, str]) -> list[str]:
    """All but where the downloaded jars are, and what is said to the tests themselves."""
    other = ("LAPOR_CACHE", "LAPOR_TEST_")
    return [name for name in environ if name.startswith("LAPOR_") and not name.startswith(other)]


def _service_urls(settings: Mapping[str, str]) -> bool:
    """All or none: a part of them would be a mistake."""
    there = [name for name in SERVICES if f"LAPOR_{name.upper()}_DATABASE_URL" in settings]
    if there and len(there) < len(SERVICES):
        missing = ", ".join(f"LAPOR_{name.upper()}_DATABASE_URL" for name in SERVICES if name not in there)
        raise UnusableError("only some services' databases are given", f"give {missing} as well")
    return bool(there)
