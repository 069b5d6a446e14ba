"""Those whom a registrant brings: their names, and the places that they take up where they are counted."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, use_case
from eventhub.foundation.errors import Invalid
from eventhub.foundation.forms import tidy

from . import queries, rights
from .models import COUNTING, Pool, Registration
from .queue import Quotas, lock_registration, promote, size_in
from .signals import CompanionsChanged

LONGEST_NAME = 200


def checked(event: Event, pool: Pool, typed: Sequence[str]) -> list[str]:
    """The names that were typed; raises Invalid where they are more than the event lets in, or the pool could hold."""
    names = [name for one in typed if (name := tidy(one))]
    if not names:
        return []
    plan = rights.get_rights(event.id)
    if len(names) > plan.most_companions:
        raise Invalid("companions", _too_many(plan.most_companions))
    if any(len(name) > LONGEST_NAME for name in names):
        raise Invalid("companions", gettext("Please shorten this to %(most)s characters.", most=LONGEST_NAME))
    if plan.counts_companions and pool.capacity is not None and 1 + len(names) > pool.capacity:
        raise Invalid("companions", gettext("There are never so many places. Please bring fewer people."))
    return names


def _too_many(most: int) -> str:
    if not most:
        return str(gettext("At this event, everybody registers for themself."))
    return str(gettext("You can bring %(num)s people at most. Please shorten the list.", num=most))


@use_case
def change_companions(actor: Actor, registration_id: UUID, typed: Sequence[str]) -> Registration:
    """The registration with these companions; who is not brought any more leaves their place to the next in line.

    Raises Invalid where more are wanted than there are places, or where somebody waits for them; and Conflict where
    nothing can be changed any more.
    """
    registration, event, _ = lock_registration(actor, registration_id)
    rights.check(actor, event, "change")
    names = checked(event, registration.place.pool, typed)
    if names == registration.companions:
        return registration
    registration.companions = names
    size = size_in(event, registration)
    for place in registration.live:
        more, place.size = size - place.size, size
        if more > 0 and place.state in COUNTING:
            _check_room(event, registration, place.pool, more)
    announce(CompanionsChanged(event.id, registration.id, len(names)))
    for place in registration.live:
        promote(event, place.pool)
    return registration


def _check_room(event: Event, registration: Registration, pool: Pool, more: int) -> None:
    """Raise Invalid where a pool has not so many places more; those who wait come first."""
    seats = queries.seats_of(pool)
    # Theirs are counted already, so a pool that is just full by them has room for them.
    is_over = pool.capacity is not None and seats.taken > pool.capacity
    if is_over or seats.waiting or not Quotas(pool).has_room(registration, 0):
        raise Invalid("companions", gettext("There are not enough places for them. Please bring fewer people."))
