"""A service that is nothing but the chassis: it runs under escalation's name and says what it applied.

In a test's own process through `ProbeApplication`, or as a process that can be killed:
`python -m tests.support.probe`, with `LAPOR_*` as any service and `PROBE_*` as below.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from lapor_chassis import publisher
from lapor_chassis.application import Application
from lapor_chassis.batch import Batch, Work
from lapor_chassis.consumer import Loop
from lapor_chassis.db import Conn
from lapor_chassis.definition import ServiceDefinition
from lapor_chassis.edge import EdgeMessage
from lapor_chassis.errors import Invalid
from lapor_chassis.settings import ServiceSettings, load
from lapor_contracts import assignments, complaints, escalations, ombudsman_replies
from lapor_contracts.agency import AgencyWithdrawn
from lapor_contracts.base import Event

NAME = "escalation"
COMPLAINTS, ASSIGNMENTS, REPLIES = "lapor.complaints", "lapor.assignments", "lapor.replies"
EDGE = "lapor.ombudsman.replies"
SAYS = "lapor.escalations"
NOWHERE = "lapor.agency.nowhere"  # a topic that does not exist


@dataclass(frozen=True)
class Heard:
    """`log`: what was applied, in order, as `complaints=3`."""

    log: tuple[str, ...] = ()


@dataclass
class Probe:
    """Its rules. The title of an `amended` is an order: see `_obey`. `fixed`: what was wrong is right now."""

    fixed: bool = False
    gate: asyncio.Event | None = None
    fired: list[str] = field(default_factory=list)

    def heard(self, work: Work[Heard], event: Event) -> None:
        assert work.envelope is not None and work.source is not None
        if isinstance(event, complaints.Amended) and event.title:
            self._obey(work, *event.title.split())
        name = work.source.topic.removeprefix("lapor.")
        self._note(work, f"{name}={work.envelope.number}" if work.envelope.number else name)

    def on_timer(self, work: Work[Heard]) -> None:
        self.fired.append(str(work.subject.id))
        self._note(work, "timer")

    def _note(self, work: Work[Heard], what: str) -> None:
        state = work.subject.state or Heard()
        work.subject.state = replace(state, log=(*state.log, what))
        work.emit(SAYS, saying(what))

    def _obey(self, work: Work[Heard], order: str, value: str = "") -> None:
        match order:
            case "poison" if not self.fixed:
                work.emit(SAYS, saying("must be taken back"))
                work.subject.due_at = work.now
                raise Invalid("poisoned", "title")
            case "poison" if value:
                raise RuntimeError("the repair has a bug")
            case "bug" if not self.fixed:
                raise RuntimeError("a bug")
            case "arm":
                work.subject.due_at = work.now + timedelta(seconds=float(value))
            case "cancel":
                work.subject.due_at = None
            case "big":
                work.emit(SAYS, saying("x" * int(value)))
            case "reference":
                work.emit(SAYS, saying("-"), reference=value)
            case "nowhere":
                work.emit(NOWHERE, AgencyWithdrawn())
            case _:
                pass

    async def on_edge(self, app: ProbeApplication, batch: Batch[Heard], messages: list[EdgeMessage]) -> None:
        if self.gate is not None:
            await self.gate.wait()
        await app.apply_edge(batch, messages)

    async def resolve(self, _: Conn, references: Sequence[str]) -> dict[str, Event]:
        return {reference: saying(f"resolved {reference}") for reference in references}


def saying(what: str) -> escalations.Reprimanded:
    return escalations.Reprimanded(office="probe", text=what)


class ProbeApplication(Application[Heard]):
    """`group`: its consumer groups' names begin so, for two tests must not share offsets."""

    def __init__(self, settings: ServiceSettings, group: str, probe: Probe | None = None) -> None:
        self.probe = probe or Probe()
        self._group = group
        heard: Callable[..., None] = self.probe.heard

        async def on_edge(batch: Batch[Heard], messages: list[EdgeMessage]) -> None:
            await self.probe.on_edge(self, batch, messages)

        definition = ServiceDefinition(
            name=NAME,
            state=Heard,
            handlers={
                complaints.Registered: heard,
                complaints.Amended: heard,
                complaints.Withdrawn: heard,
                assignments.QuestionAsked: heard,
            },
            edge_handlers={ombudsman_replies.OmbudsmanAcknowledged: heard},
            on_timer=self.probe.on_timer,
            on_edge=on_edge,
            resolve=self.probe.resolve,
            lanes=("test",),
        )
        super().__init__(definition, settings)

    def _loop(self, loop: str, group: str, process: Any, prepare: Any = None) -> Loop[Heard]:
        return super()._loop(loop, f"{self._group}-{group}", process, prepare)


async def _never(*_: object) -> None:
    await asyncio.Event().wait()


def main() -> None:
    """`PROBE_GROUP`; `PROBE_MUTE`: commits, but never gets to publish."""
    if os.environ.get("PROBE_MUTE"):
        publisher.Publisher._publish = _never  # type: ignore[method-assign,assignment]
    ProbeApplication(load(ServiceSettings), os.environ["PROBE_GROUP"]).run()


if __name__ == "__main__":
    main()
