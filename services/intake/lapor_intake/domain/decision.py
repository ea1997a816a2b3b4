"""What a rule answers: the complaint as it is then and what is to be told, or why not."""

from __future__ import annotations

from dataclasses import dataclass

from lapor_contracts.base import Event
from lapor_contracts.receipts import RefusalReason

from lapor_intake.domain.state import IntakeState


@dataclass(frozen=True, slots=True)
class Decision:
    """`events`: for lapor.complaints, in this order."""

    state: IntakeState
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """`fields`: paths into the submission, never what stood there."""

    reason: RefusalReason
    fields: tuple[str, ...] = ()
