"""What happens to an agency after it has joined: it leaves, is renamed, or is merged into another.

What is repeated with the same words changes nothing. What has happened is not planned anew: only an import, which
states everything, corrects the past.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.agencies import FormerName as Former

from lapor_router.domain.policy import AUTHORITY_SINCE
from lapor_router.domain.register import FormerName, Register, is_member


class Impossible(ValueError):  # noqa: N818 - what an operator reads
    """Why it cannot be so."""


def left(entry: AgencyEntry, on: date, today: date) -> AgencyEntry:
    """Its last day is the one before `on`. Raises Impossible."""
    return _gone(entry, on, None, today)


def merged(entry: AgencyEntry, into: AgencyEntry, on: date, register: Register, today: date) -> AgencyEntry:
    """Leaves on `on`; its open complaints go to `into`. Raises Impossible."""
    if into.code == entry.code:
        raise Impossible("an agency cannot be merged into itself")
    if on < into.joined_on:
        raise Impossible(f"{into.code} joins on {into.joined_on}: nobody can be merged into it before")
    if not is_member(into, on):
        raise Impossible(f"{into.code} leaves on {into.left_on}: nobody can be merged into it from then on")
    following: AgencyEntry | None = into
    while following is not None:
        if following.successor == entry.code:
            raise Impossible(f"{following.code} was itself merged into {entry.code}")
        following = register.get(following.successor)
    return _gone(entry, on, into.code, today)


def _gone(entry: AgencyEntry, on: date, successor: str | None, today: date) -> AgencyEntry:
    if (entry.left_on, entry.successor) == (on, successor):
        return entry
    if entry.left_on is not None and entry.left_on <= today:
        raise Impossible(f"{entry.code} left on {entry.left_on} already")
    if on <= entry.joined_on:
        raise Impossible(f"{entry.code} joined on {entry.joined_on}: it can leave after that day only")
    return entry.model_copy(update={"left_on": on, "successor": successor})


def renamed(entry: AgencyEntry, name: str, on: date, former: Iterable[FormerName] = ()) -> AgencyEntry:
    """Called `name` from `on` on; `former`: names of the data files. On the day of its last renaming the name is
    corrected. Raises Impossible; ValidationError for what is no name."""
    own = entry.former_names
    if not own or on != own[-1].valid_to:
        if name == entry.name:
            raise Impossible(f"{entry.code} has that name already")
        since = _named_since(entry, former)
        if on <= since:
            raise Impossible(f"{entry.code} has its name since {since}: a new one can begin after that day only")
        own = (*own, Former(name=entry.name, valid_from=since, valid_to=on))
    return AgencyEntry.model_validate(entry.model_dump() | {"name": name, "former_names": own})


def _named_since(entry: AgencyEntry, former: Iterable[FormerName]) -> date:
    changed = [name.valid_to for name in former if name.code == entry.code]
    changed += [name.valid_to for name in entry.former_names]
    return max(changed, default=min(entry.joined_on, AUTHORITY_SINCE))


def joined_again(entry: AgencyEntry, known: AgencyEntry | None) -> AgencyEntry:
    """`entry` as in the data files; what happened to it since it joined stays."""
    if known is None:
        return entry
    kept: dict[str, object] = {"left_on": known.left_on or entry.left_on, "successor": known.successor}
    if known.former_names:
        kept |= {"name": known.name, "former_names": known.former_names}
    return entry.model_copy(update=kept)


def imported(entry: AgencyEntry, known: AgencyEntry | None) -> AgencyEntry:
    """`entry` as in an operator's file, which states its dates and its name; what the file cannot say stays."""
    if known is None:
        return entry
    successor = known.successor if entry.left_on == known.left_on else None
    return entry.model_copy(update={"successor": successor, "former_names": known.former_names})


def in_place_of(code: str, register: Register, day: date) -> AgencyEntry | None:
    """The agency itself while it is a member, else who has its complaints since; None where nobody has."""
    seen: set[str] = set()
    entry = register.get(code)
    while entry is not None and not is_member(entry, day) and entry.code not in seen:
        seen.add(entry.code)
        entry = register.get(entry.successor)
    return entry if entry is not None and is_member(entry, day) else None
