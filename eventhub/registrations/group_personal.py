"""What groups keep of people: told to them, and erased when they are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, or_, select

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db

from . import delegations, substitutes
from .models import Delegate, Registration, Substitution
from .services import address_of

ERASED = "–"


def told(registration: Registration) -> dict[str, Any]:
    """What was kept of others that somebody has named, and by whom they were named, as plain values."""
    wish, named = substitutes.find_wish(registration), delegations.list_named(registration)
    looked_after = delegations.list_of_contact(registration)
    return {
        "companions": [{"name": name} for name in registration.companions],
        "delegates": [{"name": one.name, "address": one.typed_address} for one in named]
        + [{"name": one.name, "address": None} for one in looked_after],
        "registered_by_contact": registration.contact.name if registration.contact else None,
        "substitute_wanted": [{"name": wish.name, "address": wish.typed_address}] if wish else [],
    }


def erase(actor: Actor, registration: Registration) -> None:
    """No word left of those whom somebody brought or named, nor of themself where others had named them.

    Who has an address and was registered by them goes on by themself. Places and counts stay as they are. Only inside
    a use-case.
    """
    registration.companions = [ERASED] * len(registration.companions)
    same_event = select(Registration.id).where(Registration.event_id == registration.event_id)
    by_others = Delegate.contact_id.in_(same_event) & (Delegate.address == registration.address)
    db.session.execute(delete(Delegate).where(or_(Delegate.contact_id == registration.id, by_others)))
    db.session.execute(delete(Substitution).where(Substitution.registration_id == registration.id))
    wishes = select(Substitution).where(Substitution.event_id == registration.event_id)
    for wish in db.session.scalars(wishes):
        if address_of(wish.typed_address) == registration.address:
            db.session.delete(wish)
