"""lapor.ombudsman.alerts, written by escalation: the alert with its proof."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from lapor_contracts.base import Agency, Code, Event, Instant, Line, Number, TrackingId, Value
from lapor_contracts.escalations import Limit


class Proof(Value):
    """One event that anyone may look up: topic and number; `at` is its ce_time.

    `partition` and `offset`: where it lies on the topic. What the writer of the alert wrote itself had no offset yet
    when it was kept as proof: in its partition it is found by key and number, from the time `at` on.
    """

    what: Line
    at: Instant
    topic: Line
    number: Number
    event_id: UUID
    partition: int | None = None
    offset: int | None = None


class Alerted(Event):
    """UU 37/2008 Ps 24: what was submitted when, to whom it was assigned, every reminder and missed limit.

    `maladministration` is the Ombudsman's own term. `proof_cut`: of very many follow-ups and holds not all are there.
    """

    type: ClassVar[str] = "id.lapor.ombudsman.alerted.v1"

    tracking_id: TrackingId
    office: Code
    agency: Agency | None = None
    assignment: Number | None = None
    maladministration: Literal["penundaan berlarut"] = "penundaan berlarut"
    title: Line
    secret: bool
    anonymous: bool
    limit: Limit
    due_at: Instant
    proof: tuple[Proof, ...]
    proof_cut: bool = False
