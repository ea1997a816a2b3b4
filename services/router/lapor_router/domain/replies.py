"""Which assignment an agency's reply answers, if it may: a late reply of a first round cannot end a second."""

from __future__ import annotations

from typing import Literal

from lapor_router.domain.state import Assignment, RouterState
from lapor_router.domain.texts import Refusal

ReplyKind = Literal["accepted", "declined", "followed_up", "resolved"]
# A body with a copy may tell what it did; it can neither take over, pass on nor close.
OPEN_TO_COPIES: frozenset[ReplyKind] = frozenset({"followed_up"})
# After the closing the lead may still explain: to the Ombudsman, who asks also about what is closed.
OPEN_AFTER_CLOSING: frozenset[ReplyKind] = frozenset({"followed_up"})


def answered(
    state: RouterState | None, agency: str, outlet_number: int, kind: ReplyKind, *, member: bool
) -> Assignment | Refusal:
    """`outlet_number`: the assignment that the reply names, as numbered in its agency's outlet."""
    if not member:
        return "unknown_agency"
    if state is None:
        return "not_current"
    if state.phase == "ended":
        return "already_closed" if _was_theirs(state, agency, outlet_number) else "not_current"
    current = state.current
    if current is None or not _names(current, agency, outlet_number, kind):
        return "not_current"
    if state.phase != "closed" or (kind in OPEN_AFTER_CLOSING and _leads(current, agency, outlet_number)):
        return current
    return "already_closed"


def _names(current: Assignment, agency: str, outlet_number: int, kind: ReplyKind) -> bool:
    if _leads(current, agency, outlet_number):
        return True
    copies = {(copy.agency, copy.outlet_number) for copy in current.copies}
    return kind in OPEN_TO_COPIES and (agency, outlet_number) in copies


def _was_theirs(state: RouterState, agency: str, outlet_number: int) -> bool:
    last = state.assignments[-1] if state.assignments else None
    return last is not None and _leads(last, agency, outlet_number)


def _leads(assignment: Assignment, agency: str, outlet_number: int) -> bool:
    return (assignment.agency, assignment.outlet_number) == (agency, outlet_number)
