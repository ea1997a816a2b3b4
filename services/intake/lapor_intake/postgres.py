"""Intake's own tables beside the vault: tracking ids, access attempts, answered requests."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from lapor_chassis.db import Conn

from lapor_intake.domain.policy import ATTEMPTS_FORGOTTEN_AFTER, REQUESTS_KEPT
from lapor_intake.domain.tracking import BODIES, tracking_id


async def give_tracking_ids(conn: Conn, complaints: Sequence[UUID]) -> dict[UUID, str]:
    """Random ones, drawn again where one is taken."""
    given: dict[UUID, str] = {}
    left = list(complaints)
    while left:
        drawn: dict[str, UUID] = {}
        for complaint in left:
            drawn.setdefault(tracking_id(secrets.randbelow(BODIES)), complaint)
        ids = sorted(drawn)
        rows = await conn.fetch(
            """insert into tracking (tracking_id, complaint) select * from unnest($1::text[], $2::uuid[])
               on conflict (tracking_id) do nothing returning tracking_id, complaint""",
            ids,
            [drawn[one] for one in ids],
        )
        given.update((row["complaint"], row["tracking_id"]) for row in rows)
        left = [complaint for complaint in left if complaint not in given]
    return given


async def complaints_of(conn: Conn, tracking_ids: Sequence[str]) -> dict[str, UUID]:
    rows = await conn.fetch(
        "select tracking_id, complaint from tracking where tracking_id = any($1::text[])", list(tracking_ids)
    )
    return {row["tracking_id"]: row["complaint"] for row in rows}


@dataclass(slots=True)
class Attempts:
    """`blocked`: seconds that are left to wait. `added`: failures since it was loaded."""

    failures: int = 0
    blocked: float = 0.0
    added: int = 0
    right: bool = False


async def load_attempts(conn: Conn, tracking_ids: Sequence[str]) -> dict[str, Attempts]:
    rows = await conn.fetch(
        """select tracking_id, failures,
             greatest(extract(epoch from blocked_until - clock_timestamp()), 0)::float8 as blocked
           from access_attempt where tracking_id = any($1::text[]) and at > clock_timestamp() - $2::interval
           order by tracking_id for update""",
        sorted(tracking_ids),
        ATTEMPTS_FORGOTTEN_AFTER,
    )
    known = {row["tracking_id"]: Attempts(row["failures"], row["blocked"] or 0.0) for row in rows}
    return {one: known.get(one) or Attempts() for one in tracking_ids}


async def save_attempts(conn: Conn, attempts: Mapping[str, Attempts]) -> None:
    forgiven = [one for one, tried in attempts.items() if tried.right and tried.failures and not tried.added]
    if forgiven:
        await conn.execute("delete from access_attempt where tracking_id = any($1::text[])", forgiven)
    failed = sorted((one, tried) for one, tried in attempts.items() if tried.added)
    if failed:
        await conn.execute(
            """insert into access_attempt (tracking_id, failures, blocked_until)
               select id, added, clock_timestamp() + make_interval(secs => wait)
               from unnest($1::text[], $2::int[], $3::float8[]) as tried (id, added, wait)
               on conflict (tracking_id) do update set
                 failures = case when access_attempt.at > clock_timestamp() - $4::interval
                            then access_attempt.failures else 0 end + excluded.failures,
                 blocked_until = excluded.blocked_until, at = clock_timestamp()""",
            [one for one, _ in failed],
            [tried.added for _, tried in failed],
            [tried.blocked for _, tried in failed],
            ATTEMPTS_FORGOTTEN_AFTER,
        )


@dataclass(frozen=True, slots=True)
class Answered:
    body: bytes
    complaint: UUID
    tracking_id: str
    missing: tuple[str, ...]


async def load_answered(conn: Conn, keys: Sequence[bytes]) -> dict[bytes, Answered]:
    rows = await conn.fetch(
        """select r.key, r.body, r.complaint, r.missing, t.tracking_id
           from http_request r join tracking t on t.complaint = r.complaint where r.key = any($1::bytea[])""",
        list(keys),
    )
    return {
        row["key"]: Answered(row["body"], row["complaint"], row["tracking_id"], tuple(row["missing"])) for row in rows
    }


async def save_answered(conn: Conn, answers: Mapping[bytes, Answered]) -> bool:
    """False: another instance has answered one of the keys meanwhile."""
    keys = sorted(answers)
    rows = await conn.fetch(
        """insert into http_request (key, body, complaint, missing)
           select key, body, complaint, string_to_array(missing, ',')
           from unnest($1::bytea[], $2::bytea[], $3::uuid[], $4::text[]) as new (key, body, complaint, missing)
           on conflict (key) do nothing returning 1""",
        keys,
        [answers[key].body for key in keys],
        [answers[key].complaint for key in keys],
        [",".join(answers[key].missing) for key in keys],
    )
    return len(rows) == len(keys)


async def prune(conn: Conn, lot: int = 5_000) -> int:
    """Forgets what is too old, a lot at a time. Gives how much went."""
    gone = 0
    for table, key, age in (
        ("http_request", "key", REQUESTS_KEPT),
        ("access_attempt", "tracking_id", ATTEMPTS_FORGOTTEN_AFTER),
    ):
        gone += int((await _delete(conn, table, key, age, lot)).removeprefix("DELETE "))
    return gone


async def _delete(conn: Conn, table: str, key: str, age: timedelta, lot: int) -> str:
    return await conn.execute(
        f"""delete from {table} where {key} in (
              select {key} from {table} where at < clock_timestamp() - $1::interval limit $2)""",  # noqa: S608
        age,
        lot,
    )
