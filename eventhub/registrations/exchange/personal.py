"""What lists hold of one person: for a day at most, so whoever is erased takes all lists of the event with them."""

from __future__ import annotations

from typing import Any

from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import use_case
from eventhub.registrations.models import Registration

from . import orders


def told(registration: Registration) -> dict[str, Any]:
    """Nothing beside what is told of the registration itself: lists are copies, and theirs who made them."""
    return {}


@use_case
def erase(actor: Actor, registration: Registration) -> None:
    """No list any more that may tell of somebody; the caller has asked who may."""
    orders.forget_of_event(SYSTEM, registration.event_id)
