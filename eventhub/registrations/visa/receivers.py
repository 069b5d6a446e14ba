"""What follows for letters from what happens to registrations."""

from __future__ import annotations

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import get, receives
from eventhub.registrations.models import Registration
from eventhub.registrations.signals import PlaceCancelled

from . import services


@receives(PlaceCancelled)
def forget_passport(fact: PlaceCancelled) -> None:
    """Who does not come any more needs no visa: their passport is erased at once."""
    registration = get(Registration, fact.registration_id)
    if registration.place.has_ended:
        services.erase_passport(SYSTEM, registration)
