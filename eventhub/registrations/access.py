"""Who gets at registrations: private links made void or sent again, and lists that leave the service."""

from __future__ import annotations

from uuid import UUID

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, get, use_case
from eventhub.foundation.permissions import require

from . import delegations, policy, queries
from .models import Registration
from .services import address_of
from .signals import LinkRotated, LinksAskedFor, RegistrationsExported


@use_case
def rotate_link(actor: Actor, registration_id: UUID) -> None:
    """The registration's private links void, and new ones on their way to its owner by letter."""
    registration = get(Registration, registration_id, lock=True)
    require(policy.may_edit_registration(actor, registration), hidden=True)
    end_links(registration)
    announce(LinkRotated(registration.event_id, registration.id))


def end_links(registration: Registration) -> None:
    """The private links of a registration void; only inside a use-case that has locked it.

    The calendar's goes with it: whoever had the one has seen the other, and those of the delegates to whose pages it
    leads.
    """
    for one in (registration, *delegations.list_of_contact(registration)):
        one.link_number += 1
        one.calendar_number += 1


@use_case
def ask_for_links(actor: Actor, address: str, language: str) -> None:
    """All private links of an address on their way to it, if it has any; the asker does not learn which.

    Raises Invalid where it is no address.
    """
    announce(LinksAskedFor(address_of(address), language))


@use_case
def note_export(actor: Actor, event_id: UUID, file_format: str, rows: int | None = None) -> None:
    """The audit line without which no list leaves the service: of all its rows, or of so many as a file has."""
    event = get(Event, event_id)
    require(policy.may_export(actor, event), hidden=True)
    announce(RegistrationsExported(event.id, queries.count_of(event) if rows is None else rows, file_format))
