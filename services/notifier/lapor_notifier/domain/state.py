"""What the notifier keeps of a complaint for its decisions. What mails tell lies in its own tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from lapor_contracts.base import Zone


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose the complaint was under one number of lapor.assignments."""

    agency: str
    name: str
    zone: Zone
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotifierState:
    """`zone`: of the place, for mails before there is an agency. `current`: a number in `assignments`.

    `closed`: the number of the assignment that a resolution or the reporter's silence has closed last.
    """

    registered: bool = False
    has_contact: bool = False
    erased: bool = False
    zone: Zone = "WIB"
    assignments: dict[int, Assignment] = field(default_factory=dict)
    current: int | None = None
    closed: int | None = None

    @property
    def reachable(self) -> bool:
        """Whether the reporter may be written to."""
        return self.has_contact and not self.erased

    @property
    def assigned(self) -> Assignment | None:
        return self.assignments.get(self.current) if self.current is not None else None
