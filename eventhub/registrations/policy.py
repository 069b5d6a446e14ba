"""Who may register, and who may see and change whose registration."""

from __future__ import annotations

from eventhub.events.models import Event
from eventhub.events.policy import EDITORS, answers_for, may_see_event
from eventhub.foundation.actor import Actor

from .models import Registration


def may_register(actor: Actor, event: Event) -> bool:
    """Everybody who sees the event, while its registration is open."""
    return may_see_event(actor, event) and event.registration_state() == "open"


def may_see_registrations(actor: Actor, event: Event) -> bool:
    """Its organisers, and those who receive people at the door; viewers and translators need no names.

    A co-organiser sees those who agreed to it, in a room of its own.
    """
    return answers_for(actor, event, (*EDITORS, "check_in"))


def may_manage_registrations(actor: Actor, event: Event) -> bool:
    """Its organisers: they see addresses, add and cancel for others, and set how many places there are."""
    return answers_for(actor, event, EDITORS)


def may_export(actor: Actor, event: Event) -> bool:
    """Its organisers."""
    return may_manage_registrations(actor, event)


def may_edit_registration(actor: Actor, registration: Registration) -> bool:
    """The person concerned, by their private link or signed in, their contact, and the event's organisers."""
    if is_person_of(actor, registration) or is_contact_of(actor, registration):
        return True
    return may_manage_registrations(actor, registration.event)


def is_person_of(actor: Actor, registration: Registration) -> bool:
    """Whether the actor is who registered, by their private link or signed in."""
    if actor.holds_link("registration", registration.id):
        return True
    return actor.person_id is not None and actor.person_id == registration.person_id


def is_contact_of(actor: Actor, registration: Registration) -> bool:
    """Who registered a delegate, by their own private link; whoever has an address looks after themself."""
    is_looked_after = registration.address is None and registration.erased_at is None
    contact_id = registration.contact_id if is_looked_after else None
    return contact_id is not None and actor.holds_link("registration", contact_id)
