"""Who may do what with people."""

from __future__ import annotations

from uuid import UUID

from eventhub.foundation.actor import Actor

from .models import Person

EDITORS = ("administrator", "organiser")


def may_add_person(actor: Actor, known_to: UUID | None) -> bool:
    """An organisation's organisers add people it knows; people with an address come by their own sign-up."""
    return actor.is_system or (known_to is not None and actor.has_role(known_to, *EDITORS))


def may_edit_person(actor: Actor, person: Person) -> bool:
    """The person themself, or the organisers of the only organisation that knows them."""
    if actor.is_system or (actor.person_id is not None and actor.person_id == person.id):
        return True
    return person.known_to is not None and actor.has_role(person.known_to, *EDITORS)
