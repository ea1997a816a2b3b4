"""Bodies that may not lie in the outbox: made when they are published, from the vault and the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from joserfc.jwk import OKPKey
from lapor_chassis.clock import DomainClock
from lapor_chassis.db import Conn
from lapor_contracts.base import Event
from lapor_contracts.contacts import Contact, ContactSet

from lapor_intake.desk import CONTACT_REFERENCE
from lapor_intake.domain.identity import Identity
from lapor_intake.seal import sealer
from lapor_intake.sealed import RECEIPT_REFERENCE, receipt_of
from lapor_intake.vault import Vault


class Resolver:
    def __init__(self, vault: Vault, access_key: bytes, notifier: OKPKey, clock: DomainClock) -> None:
        self._vault = vault
        self._access_key = access_key
        self._sealer = sealer(notifier)
        self._clock = clock

    async def __call__(self, conn: Conn, references: Sequence[str]) -> dict[str, Event]:
        """Inside a transaction of the publisher's: what is read from the vault is recorded in it."""
        made: dict[str, Event] = {
            reference: receipt_of(reference, self._access_key)
            for reference in references
            if reference.startswith(RECEIPT_REFERENCE + ":")
        }
        contacts = {
            reference: UUID(reference.partition(":")[2])
            for reference in references
            if reference.startswith(CONTACT_REFERENCE + ":")
        }
        if contacts:
            opened = await self._vault.open(
                conn,
                sorted(set(contacts.values())),
                who="intake",
                why="contact for the notifier",
                now=self._clock.now(),
            )
            made |= await asyncio.to_thread(self._seal_all, contacts, opened)
        return made

    def _seal_all(self, contacts: Mapping[str, UUID], opened: Mapping[UUID, Identity]) -> dict[str, Event]:
        return {reference: self._contact(opened.get(complaint)) for reference, complaint in contacts.items()}

    def _contact(self, identity: Identity | None) -> ContactSet:
        if identity is None:  # erased meanwhile
            return ContactSet(sealed=None)
        contact = Contact(name=identity.name, email=identity.email, phone=identity.phone)
        return ContactSet(sealed=self._sealer.seal(contact.model_dump_json().encode()))
