"""When devices are told nothing any more."""

from __future__ import annotations

from eventhub.foundation.db import get, receives
from eventhub.registrations.models import Registration
from eventhub.registrations.signals import LinkRotated, PlaceCancelled, PlaceDecided, PlaceLapsed, PlacePassedOn

from . import services


@receives(PlaceCancelled, PlaceLapsed, PlaceDecided, PlacePassedOn)
def end_with_place(fact: PlaceCancelled | PlaceLapsed | PlaceDecided | PlacePassedOn) -> None:
    """Who has no place any more, and waits for none, is told nothing more."""
    registration = get(Registration, fact.registration_id)
    if registration.place.has_ended:
        services.end_all(registration)


@receives(LinkRotated)
def end_with_link(fact: LinkRotated) -> None:
    """Whoever had the link may have turned on a device of their own."""
    services.end_all(get(Registration, fact.registration_id))
