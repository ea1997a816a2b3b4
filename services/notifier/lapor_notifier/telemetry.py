"""The notifier's own metrics; their names live here, in one place. Roles, never recipients."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge


class NotifierMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        labels: Any = {"namespace": "lapor_notifier", "registry": registry}
        self.settled = Counter("deliveries", "What became of deliveries", ["role", "state", "reason"], **labels)
        self.retried = Counter("retries", "Attempts that will be made again", ["role"], **labels)
        self.unreadable = Counter("unreadable_contacts", "Sealed contacts that the key does not open", **labels)
        self.reachable = Gauge("smtp_reachable", "1: the mail server takes mail", **labels)
        self.oldest = Gauge("due_oldest_seconds", "Age of the oldest delivery that is due", **labels)
        self.reachable.set(1)
