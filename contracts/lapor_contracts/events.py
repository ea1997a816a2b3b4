"""All events by their CloudEvents type."""

from __future__ import annotations

import inspect
from types import ModuleType

from lapor_contracts import (
    agencies,
    agency,
    agency_replies,
    alerts,
    assignments,
    complaints,
    contacts,
    decisions,
    escalations,
    notifications,
    ombudsman_replies,
    operations,
    oversight,
    receipts,
    replies,
    submissions,
)
from lapor_contracts.base import Event

MODULES: tuple[ModuleType, ...] = (
    complaints, contacts, assignments, replies, escalations, alerts, notifications, agency, agency_replies,
    submissions, receipts, ombudsman_replies, decisions, agencies, oversight, operations,
)  # fmt: skip


def _events_of(module: ModuleType) -> list[type[Event]]:
    return [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Event) and member is not Event and member.__module__ == module.__name__
    ]


EVENTS: dict[str, type[Event]] = {event.type: event for module in MODULES for event in _events_of(module)}
