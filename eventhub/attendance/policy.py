"""Who may check people in, and see who came."""

from __future__ import annotations

from eventhub.events.models import Event
from eventhub.events.policy import EDITORS, answers_for
from eventhub.foundation.actor import Actor

from .models import Door


def may_run_doors(actor: Actor, event: Event) -> bool:
    """Its organisers and those who receive people at the door: they admit devices, turn them out, and see who came."""
    return answers_for(actor, event, (*EDITORS, "check_in"))


def may_check_in(actor: Actor, event: Event, door: Door | None = None) -> bool:
    """Those who run the doors, and a device that was admitted for this event, by its own link and as long as it is."""
    if door is not None and actor.holds_link("door", door.id):
        return door.event_id == event.id and door.is_open
    return may_run_doors(actor, event)


def may_erase(actor: Actor, event: Event) -> bool:
    """Its organisers, who answer for the names that are kept."""
    return answers_for(actor, event, EDITORS)


def may_export(actor: Actor, event: Event) -> bool:
    """Its organisers: a list of who was there leaves the service by their hands alone."""
    return answers_for(actor, event, EDITORS)


def may_make_papers(actor: Actor, event: Event) -> bool:
    """Its organisers: a printed list leaves the service as an exported one does."""
    return may_export(actor, event)


def may_issue_certificates(actor: Actor, event: Event) -> bool:
    """Its organisers, who answer for what the certificates say."""
    return answers_for(actor, event, EDITORS)
