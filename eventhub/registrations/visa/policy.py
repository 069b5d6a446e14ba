"""Who may ask for a letter, and who sees what stands in a passport."""

from __future__ import annotations

from eventhub.events.models import Event
from eventhub.events.policy import EDITORS, answers_for
from eventhub.foundation.actor import Actor
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import is_person_of


def may_issue_letters(actor: Actor, event: Event) -> bool:
    """Its organisers, and nobody else who helps to run it: they see passport data, and answer for the letter."""
    return answers_for(actor, event, EDITORS)


def may_ask(actor: Actor, registration: Registration) -> bool:
    """The person concerned alone: nobody types the passport of another."""
    return is_person_of(actor, registration)


def is_invited(registration: Registration) -> bool:
    """Whether there is anything to be invited to: a confirmed place in a room, at an event that is still to come."""
    event = registration.event
    has_place = any(place.state == "confirmed" and place.pool.mode != "online" for place in registration.places)
    return has_place and event.status == "published" and event.starts is not None and not event.is_over()
