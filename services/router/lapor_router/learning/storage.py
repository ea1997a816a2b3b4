"""Models in the router's database. Nothing here trains: the running service loads what is in use."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from lapor_chassis.db import Conn, Pool

from lapor_router.domain.learned import Blend, Learned
from lapor_router.domain.risk import Curve

CHANNEL = "model"
Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A stored model without its content. `in_use`: the one that decides now; the others are in shadow."""

    id: int
    made_at: datetime
    trained_from: datetime
    trained_to: datetime
    outcomes: int
    figures: Figures
    in_use: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """What the service decides with."""

    id: int
    model: Learned
    curve: Curve


class NoModel(LookupError):  # noqa: N818 - what an operator reads
    """There is none of that number, or none to go back from."""


async def save(
    conn: Conn, model: Learned, curve: Curve, *, since: datetime, until: datetime, outcomes: int, figures: Figures
) -> int:
    """In shadow: nothing uses it yet. Gives its number."""
    number: int = await conn.fetchval(
        """insert into model (trained_from, trained_to, outcomes, figures, content)
           values ($1, $2, $3, $4, $5) returning id""",
        since,
        until,
        outcomes,
        json.dumps(figures),
        packed(model, curve),
    )
    return number


async def in_use(conn: Conn | Pool) -> int | None:
    """None: the lexicon alone."""
    number: int | None = await conn.fetchval(
        "select model from model_use where ended_at is null order by id desc limit 1"
    )
    return number


async def load(conn: Conn | Pool, number: int) -> Ready:
    """Raises NoModel."""
    content = await conn.fetchval("select content from model where id = $1", number)
    if content is None:
        raise NoModel(f"there is no model {number}")
    model, curve = unpacked(content)
    return Ready(number, model, curve)


async def fresh(conn: Conn | Pool, known: Ready | None) -> Ready | None:
    """What is in use now; `known` itself where that has not changed."""
    number = await in_use(conn)
    if number is None or (known is not None and known.id == number):
        return known if number is not None else None
    return await load(conn, number)


async def use(conn: Conn, number: int) -> None:
    """Raises NoModel."""
    if not await conn.fetchval("select exists (select from model where id = $1)", number):
        raise NoModel(f"there is no model {number}")
    await conn.execute("insert into model_use (model) values ($1)", number)


async def back(conn: Conn) -> int | None:
    """To what was in use before; None: the lexicon alone. Raises NoModel where nothing was ever put in use."""
    ended = await conn.fetchval(
        """update model_use set ended_at = clock_timestamp()
           where id = (select max(id) from model_use where ended_at is null) returning id"""
    )
    if ended is None:
        raise NoModel("no model is in use")
    return await in_use(conn)


async def listed(conn: Conn | Pool) -> list[Listed]:
    """The newest first."""
    current = await in_use(conn)
    rows = await conn.fetch(
        "select id, made_at, trained_from, trained_to, outcomes, figures from model order by id desc"
    )
    return [Listed(**{**dict(row), "figures": json.loads(row["figures"])}, in_use=row["id"] == current) for row in rows]


def packed(model: Learned, curve: Curve) -> bytes:
    """As npz, without pickle."""
    words = {"sectors": list(model.sectors), "roots": list(model.roots), "usual": dict(model.usual or {})}
    file = io.BytesIO()
    np.savez_compressed(
        file,
        words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
        blend=np.frombuffer(json.dumps(asdict(model.blend)).encode(), dtype=np.uint8),
        idf=model.idf,
        weights=model.weights,
        bias=model.bias,
        curve=np.array(curve.steps, dtype=np.float64).reshape(-1, 3),
    )
    return file.getvalue()


def unpacked(content: bytes) -> tuple[Learned, Curve]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        words = json.loads(file["words"].tobytes())
        blend = json.loads(file["blend"].tobytes())
        model = Learned(
            sectors=tuple(words["sectors"]),
            roots={root: row for row, root in enumerate(words["roots"])},
            idf=file["idf"],
            weights=file["weights"],
            bias=file["bias"],
            blend=Blend(**{**blend, "sure": tuple(blend["sure"]), "trust": tuple(blend["trust"])}),
            usual=words["usual"],
        )
        steps = tuple((float(sure), int(decided), int(wrong)) for sure, decided, wrong in file["curve"])
    return model, Curve(steps)
