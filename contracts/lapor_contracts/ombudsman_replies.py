"""lapor.ombudsman.replies, written by the Ombudsman's offices: not trusted, checked by escalation.

ce_id: a UUIDv7, the same when sent again; ce_subject: the complaint's id.
"""

from __future__ import annotations

from typing import ClassVar

from lapor_contracts.base import Code, Event, Text


class OmbudsmanAcknowledged(Event):
    type: ClassVar[str] = "id.lapor.ombudsman-reply.acknowledged.v1"

    office: Code


class OmbudsmanClarificationAsked(Event):
    type: ClassVar[str] = "id.lapor.ombudsman-reply.clarification-asked.v1"

    office: Code
    text: Text


class OmbudsmanReprimanded(Event):
    type: ClassVar[str] = "id.lapor.ombudsman-reply.reprimanded.v1"

    office: Code
    text: Text


class OmbudsmanCaseClosed(Event):
    type: ClassVar[str] = "id.lapor.ombudsman-reply.case-closed.v1"

    office: Code
    text: Text | None = None
