"""A broker and databases at given addresses: taken only when empty of us, and left as they were found.

Tests write what no service would, and count what they find. So a given broker must have no topic of ours and
a given database no table, and what was made here is removed at the end. `LAPOR_TEST_WIPE=yes` first removes
what an earlier run that was killed has left: all our topics and groups, all tables or databases of ours.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # re-exported without `as`
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialDeletion,
)
from lapor_chassis import admin
from lapor_deploy.errors import LaporError
from lapor_deploy.stack import SERVICES

T = TypeVar("T")
SECONDS = 15.0
_ANY: Any = None  # in a filter; the type stubs do not know
_KAFKA = ("LAPOR_KAFKA_BOOTSTRAP", "LAPOR_KAFKA_USERNAME", "LAPOR_KAFKA_PASSWORD")
_SERVER = "LAPOR_POSTGRES_ADMIN_URL"
_TABLES = "select count(*) from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
_EMPTY = """
do $$ declare name text; begin
  for name in select c.oid::regclass from pg_class c
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition loop
    execute 'drop table if exists ' || name || ' cascade';
  end loop;
  for name in select p.oid::regprocedure from pg_proc p where pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') loop
    execute 'drop function ' || name || ' cascade';
  end loop;
end $$
"""


class UnusableError(LaporError):
    """What was asked for cannot be used for tests."""


# --- broker ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """What a broker has: names, and access rules."""

    topics: frozenset[str]
    groups: frozenset[str]
    users: frozenset[str]
    rules: frozenset[AclBinding]


@contextmanager
def broker(settings: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Its address and administrator, as they were given. Raises UnusableError."""
    missing = [name for name in _KAFKA if name not in settings]
    if missing:
        raise UnusableError("a Kafka is given without an administrator", f"give {', '.join(missing)}")
    if "LAPOR_KAFKA_TLS" in settings:
        raise UnusableError("LAPOR_KAFKA_TLS is set", "the tests need an address of the broker without TLS")
    client = admin.admin_client(*(settings[name] for name in _KAFKA))
    try:
        found = _look(client)
        if _wipe(settings):
            _remove(client, _ours(found))
            found = _look(client)
    except KafkaException as error:
        what = f"the given Kafka refuses or does not answer ({error.args[0].name()})"
        raise UnusableError(what, f"correct {', '.join(_KAFKA)}, or unset them") from None
    if any(name.startswith(admin.PREFIX) for name in found.topics):
        raise UnusableError("the given Kafka has topics of ours", "name another, or LAPOR_TEST_WIPE=yes deletes them")
    try:
        yield {name: settings[name] for name in _KAFKA}
    finally:
        now = _look(client)
        _remove(client, _Found(
            now.topics - found.topics, now.groups - found.groups, now.users - found.users, now.rules - found.rules
        ))  # fmt: skip


def _look(client: AdminClient) -> _Found:
    every = AclBindingFilter(
        ResourceType.ANY, _ANY, ResourcePatternType.ANY, _ANY, _ANY, AclOperation.ANY, AclPermissionType.ANY
    )
    rules = client.describe_acls(every, request_timeout=SECONDS)
    groups = client.list_consumer_groups(request_timeout=SECONDS)
    topics = client.list_topics(timeout=SECONDS).topics
    return _Found(
        frozenset(name for name in topics if not name.startswith("__")),
        frozenset(group.group_id for group in groups.result(SECONDS).valid),
        frozenset(admin.user_names(client)),
        frozenset(rules.result(SECONDS)),
    )


def _ours(found: _Found) -> _Found:
    """What an earlier run has left: what its topics are called, and who may read or write them."""
    rules = frozenset(rule for rule in found.rules if rule.name.startswith(admin.PREFIX))
    users = frozenset(rule.principal.removeprefix("User:") for rule in rules)
    return _Found(
        frozenset(name for name in found.topics if name.startswith(admin.PREFIX)),
        frozenset(rule.name for rule in found.rules if rule.restype == ResourceType.GROUP) & found.groups,
        users & found.users,
        frozenset(rule for rule in found.rules if rule.principal.removeprefix("User:") in users),
    )


def _remove(client: AdminClient, what: _Found) -> None:
    """Groups first: one whose members have just died is not empty for a while, and then stays."""
    waits: list[Future[Any]] = []
    if what.groups:
        for future in client.delete_consumer_groups(list(what.groups), request_timeout=SECONDS).values():
            _tolerate(future)
    if what.topics:
        waits += client.delete_topics(list(what.topics), request_timeout=SECONDS).values()
    if what.rules:
        waits += client.delete_acls([_exactly(rule) for rule in what.rules], request_timeout=SECONDS).values()
    if what.users:
        kind = ScramMechanism.SCRAM_SHA_512
        gone: list[UserScramCredentialAlteration] = [UserScramCredentialDeletion(name, kind) for name in what.users]
        waits += client.alter_user_scram_credentials(gone, request_timeout=SECONDS).values()
    for future in waits:
        future.result(SECONDS)
    deadline = time.monotonic() + SECONDS
    while what.topics & set(client.list_topics(timeout=SECONDS).topics):
        if time.monotonic() > deadline:
            raise TimeoutError("the broker still has the deleted topics")
        time.sleep(0.05)


def _tolerate(future: Future[Any]) -> None:
    try:
        future.result(SECONDS)
    except KafkaException:
        return


def _exactly(rule: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        rule.restype, rule.name, rule.resource_pattern_type, rule.principal, rule.host, rule.operation,
        rule.permission_type,
    )  # fmt: skip


# --- databases ------------------------------------------------------------------------------------------


@contextmanager
def databases(settings: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """`LAPOR_<SERVICE>_DATABASE_URL` for each service, with a role and a database of its own. Raises UnusableError."""
    urls = {name: settings[name] for name in map(_variable, SERVICES) if name in settings}
    made = not urls
    try:
        if made:
            urls = _run(_create(settings[_SERVER], wipe=_wipe(settings)))
        for name, url in urls.items():
            _run(_must_be_empty(name, url, wipe=_wipe(settings)))
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        what = f"the given PostgreSQL refuses or does not answer ({type(error).__name__})"
        raise UnusableError(what, f"correct {', '.join(urls or [_SERVER])}, or unset it") from None
    try:
        yield urls
    finally:
        if made:
            _run(_drop(settings[_SERVER]))
        else:
            for url in urls.values():
                _run(_execute(url, _EMPTY))


def postgres_answers(url: str) -> bool:
    try:
        _run(_execute(url, "select 1"))
    except (OSError, asyncpg.PostgresError):
        return False
    return True


async def _create(url: str, *, wipe: bool) -> dict[str, str]:
    """A role and a database of the same name for each service; nobody else may connect to it."""
    if wipe:
        await _drop(url)
    made = {}
    for service in SERVICES:
        name, password = f"lapor_{service}", secrets.token_urlsafe(24)
        try:
            await _execute(url, f"create role {name} login password '{password}'")
            await _execute(url, f"create database {name} owner {name}")
        except (asyncpg.DuplicateObjectError, asyncpg.DuplicateDatabaseError):
            raise UnusableError(
                f"the given PostgreSQL has {name}", "name another server, or LAPOR_TEST_WIPE=yes drops it"
            ) from None
        await _execute(url, f"revoke all on database {name} from public")
        where = urlsplit(url)
        address = where.netloc.rpartition("@")[2]
        made[_variable(service)] = urlunsplit(
            where._replace(netloc=f"{name}:{quote(password)}@{address}", path=f"/{name}")
        )
    return made


async def _drop(url: str) -> None:
    for service in SERVICES:
        await _execute(url, f"drop database if exists lapor_{service} with (force)")
        await _execute(url, f"drop role if exists lapor_{service}")


async def _must_be_empty(variable: str, url: str, *, wipe: bool) -> None:
    connection = await asyncpg.connect(url, timeout=SECONDS, command_timeout=2 * SECONDS)
    try:
        if wipe:
            await connection.execute(_EMPTY)
        if await connection.fetchval(_TABLES):
            raise UnusableError(f"{variable} has tables", "name an empty one, or LAPOR_TEST_WIPE=yes drops them")
    finally:
        await connection.close()


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url, timeout=SECONDS, command_timeout=2 * SECONDS)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def _run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread: the test runner's loop is not ours to use."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _variable(service: str) -> str:
    return f"LAPOR_{service.upper()}_DATABASE_URL"


def _wipe(settings: Mapping[str, str]) -> bool:
    return settings.get("LAPOR_TEST_WIPE") == "yes"
