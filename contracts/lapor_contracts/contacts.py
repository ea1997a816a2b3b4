"""lapor.contacts, written by intake, read by the notifier only: how to reach a reporter, sealed."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from lapor_contracts.base import Event, Value

Sealed = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$", max_length=200_000)]


class ContactSet(Event):
    """A JWE (compact, ECDH-ES on X25519, A256GCM) to the notifier's key; inside it a `Contact`.

    `sealed` is None where the identity was erased before the event could be published.
    """

    type: ClassVar[str] = "id.lapor.contact.set.v1"

    sealed: Sealed | None


class ContactErased(Event):
    """The reporter's identity was erased: every copy of the contact has to go."""

    type: ClassVar[str] = "id.lapor.contact.erased.v1"


class Contact(Value):
    """What is inside the seal. Never written anywhere in the clear."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
