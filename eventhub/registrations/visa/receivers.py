"""What follows for letters from what happens to events and registrations."""

from __future__ import annotations

from sqlalchemy import select

from eventhub.events.signals import EventCancelled
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, get, receives
from eventhub.registrations.models import Place, Registration
from eventhub.registrations.signals import (
    PlaceCancelled,
    PlaceChanged,
    PlaceConfirmed,
    PlacePassedOn,
    PoolSettled,
    SecondPlaceLeft,
)

from . import policy, services
from .models import VisaRequest


@receives(PlaceCancelled, PlaceChanged, PlaceConfirmed, PlacePassedOn, SecondPlaceLeft)
def forget_passport(fact: PlaceCancelled | PlaceChanged | PlaceConfirmed | PlacePassedOn | SecondPlaceLeft) -> None:
    """Who does not come any more, or takes part from afar, needs no visa: their passport is erased at once."""
    registration = get(Registration, fact.registration_id)
    if not policy.is_invited(registration):
        services.erase_passport(SYSTEM, registration)


@receives(PoolSettled)
def forget_passports_of_pool(fact: PoolSettled) -> None:
    """Whose pool is one of places online from now on needs no visa either."""
    query = select(VisaRequest).join(Place, Place.registration_id == VisaRequest.registration_id)
    query = query.where(Place.pool_id == fact.pool_id, VisaRequest.sealed.is_not(None))
    for request in db.session.scalars(query).all() if fact.is_moved else ():
        if not policy.is_invited(request.registration):
            services.erase_passport(SYSTEM, request.registration)


@receives(EventCancelled)
def forget_passports(fact: EventCancelled) -> None:
    """Nobody travels to an event that does not take place."""
    query = select(VisaRequest).where(VisaRequest.event_id == fact.event_id, VisaRequest.sealed.is_not(None))
    for request in db.session.scalars(query).all():
        services.erase_passport(SYSTEM, request.registration)
