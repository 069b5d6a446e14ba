"""Who may see and change whose registration for a series."""

from __future__ import annotations

from collections.abc import Iterable

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.registrations.policy import may_manage_registrations

from .models import SeriesRegistration

LINK = "series_registration"


def may_edit_series_registration(actor: Actor, registration: SeriesRegistration) -> bool:
    """The person concerned, by their private link: an organiser of some events is not told of the others."""
    return actor.is_system or actor.holds_link(LINK, registration.id)


def managed(actor: Actor, events: Iterable[Event]) -> list[Event]:
    """Those of a series' events whose registrations are the actor's to see."""
    return [event for event in events if may_manage_registrations(actor, event)]


def may_manage_any(actor: Actor, events: Iterable[Event]) -> bool:
    """Whether some of a series' events are the actor's."""
    return bool(managed(actor, events))
