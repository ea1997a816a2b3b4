"""What a service gives the chassis: its state and its rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from lapor_contracts.base import Event

from lapor_chassis.edge import OnEdge, OnRefused
from lapor_chassis.inbound import Handler
from lapor_chassis.lane import ResolveReferences
from lapor_chassis.packing import Packing
from lapor_chassis.record import Record

S = TypeVar("S")


@dataclass(frozen=True)
class ServiceDefinition(Generic[S]):
    """What makes a service: its state, its rules by event, its tables. See the fields' types for the shapes.

    `edge_handlers` are for events about existing subjects (`Application.apply_edge`); `prepare_edge` runs
    before the transaction of an edge batch (what is slow and needs no lock, such as opening seals).
    """

    name: str
    state: type[S]
    packing: Packing | None = None
    handlers: Mapping[type[Event], Handler] = field(default_factory=dict)
    edge_handlers: Mapping[type[Event], Handler] = field(default_factory=dict)
    on_timer: Callable[[Any], None] | None = None
    on_edge: OnEdge | None = None
    on_edge_refused: OnRefused | None = None
    prepare_edge: Callable[[Sequence[Record]], Awaitable[None]] | None = None
    resolve: ResolveReferences | None = None
    migrations: Path | None = None
    lanes: tuple[str, ...] = ()
