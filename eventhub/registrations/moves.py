"""Taking part in another way: places moved from pool to pool, and waited for beside the one there is."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, get, use_case
from eventhub.foundation.errors import Conflict
from eventhub.foundation.permissions import require
from eventhub.people.models import Person
from eventhub.programme import queries as parts
from eventhub.programme import speaker_queries as speakers
from eventhub.programme.policy import is_speaker

from . import policy, queries, rights
from .models import HELD, Place, Pool, Registration
from .queue import (
    check_takes_place,
    drop_ended,
    lock,
    lock_registration,
    newcomer_state,
    offered,
    promote,
    put,
    set_state,
    settle,
    size_in,
    take_up,
)
from .services import cancel_registration, open_to_all, take_second
from .signals import PlaceChanged, SecondPlaceLeft


@use_case
def switch_pool(actor: Actor, registration_id: UUID, pool_key: str) -> Place:
    """The registration's place in another pool, or at the end of its queue; the old one goes to the next in line.

    Raises Conflict where it was cancelled, or registration is closed to whoever is not an organiser.
    """
    registration, event, pools = lock_registration(actor, registration_id)
    is_organiser = policy.may_manage_registrations(actor, event)
    if is_organiser:
        check_takes_place(event)
    elif event.registration_state() != "open":
        raise Conflict(gettext("Registration for this event is not open."))
    rights.check(actor, event, "switch")
    if registration.must_take_over and not is_organiser:
        raise Conflict(gettext("Please take this place first: you have not agreed to anything yet."))
    place = registration.place
    pool = offered(pools, pool_key) if is_organiser or place.pool.key == pool_key else open_to_all(pools, pool_key)
    if place.has_ended:
        raise Conflict(gettext("This registration was cancelled. Please register again."))
    return _move(event, registration, pool, is_organiser=is_organiser)


@use_case
def wait_for(actor: Actor, registration_id: UUID, pool_key: str) -> Place:
    """A turn in the queue of a pool that is full, beside the place that the registration has in another.

    Where a place is free, they move there. Raises Conflict where they have no place, wait for another one already, or
    registration is not open.
    """
    registration, event, pools = lock_registration(actor, registration_id)
    if registration.place.state != "confirmed" or event.registration_state() != "open":
        raise Conflict(gettext("Registration for this event is not open."))
    rights.check(actor, event, "switch")
    pool = open_to_all(pools, pool_key)
    if there := next((one for one in registration.live if one.pool_id == pool.id), None):
        return there
    if registration.second is not None:
        raise Conflict(gettext("You wait for another place already. Please leave that waitlist first."))
    state = newcomer_state(event, pool, registration, is_known=True)
    if state not in {"waitlisted", "pending"}:
        return switch_pool(actor, registration_id, pool_key)
    place = take_second(registration, pool, state)
    announce(PlaceChanged(event.id, registration.id, place.id, place.state))
    return place


@use_case
def take_meanwhile(actor: Actor, registration_id: UUID, pool_key: str) -> Place:
    """A place that is free in another pool, until the one for which they wait comes free; their turn there stays.

    Raises Conflict where they wait for none, have one beside it already, none is free, or registration is not open.
    """
    registration, event, pools = lock_registration(actor, registration_id)
    waited = registration.place
    if waited.state not in {"waitlisted", "pending"} or event.registration_state() != "open":
        raise Conflict(gettext("Registration for this event is not open."))
    rights.check(actor, event, "switch")
    pool = open_to_all(pools, pool_key)
    if registration.second is not None or waited.pool_id == pool.id:
        raise Conflict(gettext("You wait for another place already. Please leave that waitlist first."))
    state = newcomer_state(event, pool, registration, is_known=registration.verified_at is not None)
    if state not in {"confirmed", "unverified"}:
        raise Conflict(gettext("There is no place left there. You keep your turn on the waitlist."))
    place = take_second(registration, pool, state)
    # What they hear is that they wait as before, and what they have until then.
    announce(PlaceChanged(event.id, registration.id, waited.id, waited.state))
    return place


@use_case
def leave_queue(actor: Actor, registration_id: UUID) -> Registration:
    """The place that somebody waits for beside the one they have, given up; the one they have stays."""
    registration, event, _ = lock_registration(actor, registration_id)
    if (second := registration.second) is not None:
        set_state(second, "cancelled")
        settle(registration)
        announce(SecondPlaceLeft(event.id, registration.id, second.id))
        promote(event, second.pool)
    return registration


@use_case
def free_seat(actor: Actor, event_id: UUID, person_id: UUID, by: Actor) -> None:
    """The seat of a speaker who does not come free for the next in line; online they keep a place where there is one.

    Nothing happens to who still has a part in the room, or no registration in person, nor where nothing takes place.
    `by` is who has said that they take part from afar.
    """
    event, pools = lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    registration = queries.find_seat_of(event.id, person_id, _address_of(event, person_id, by))
    if registration is None or parts.is_expected(event.id, person_id):
        return
    # Of an event that is called off, or over, places stay as they were; one that is postponed takes place all the same.
    if event.status == "cancelled" or event.is_over():
        return
    online = pools.get("online")
    if registration.place.pool.mode == "online":
        leave_queue(actor, registration.id)  # for the seat that they wait for beside it
    elif online is not None and online.is_offered:
        _move(event, get(Registration, registration.id, lock=True), online, is_organiser=True)
    else:
        cancel_registration(actor, registration.id)


def _address_of(event: Event, person_id: UUID, by: Actor) -> str | None:
    """The address by which a speaker's own registration is known, where there is one.

    One that was only typed counts where the speaker came by it, or whom registrants answer to says so: else a
    co-organiser could type anybody's and give up their seat. An office's is not that of one who stays in the room.
    """
    if own := get(Person, person_id).address:
        return own
    speaker = speakers.find_of_person(event.id, person_id)
    if speaker is None or not (policy.may_manage_registrations(by, event) or is_speaker(by, speaker)):
        return None
    found = speakers.addresses_of(event.id, speakers.list_concerned(event.id))
    others = [one for one, (address, _) in found.items() if address == speaker.address and one != person_id]
    return None if any(parts.is_expected(event.id, one) for one in others) else speaker.address


def _move(event: Event, registration: Registration, pool: Pool, *, is_organiser: bool) -> Place:
    """The place of a registration in another pool, or in its queue; the old one goes to the next in line."""
    place = registration.place
    if place.pool_id == pool.id:
        return place
    freed = [place.pool]
    if waits := next((one for one in registration.live if one.pool_id == pool.id), None):
        # They wait there already, where they joined: only the other place is given up. What is held for them is theirs.
        if waits.state in HELD:
            freed = take_up(event, waits)
        else:
            set_state(place, "cancelled")
            settle(registration)
        announce(PlaceChanged(event.id, registration.id, waits.id, waits.state))
        for other in freed:
            promote(event, other)
        return waits
    drop_ended(registration, pool)
    is_known = is_organiser or registration.verified_at is not None or place.state == "confirmed"
    place.size = size_in(event, registration)
    if place.was_passed_on:
        registration.substitute_for_id = None  # they have chosen another
    put(place, pool, newcomer_state(event, pool, registration, is_known=is_known, is_let_in=is_organiser))
    settle(registration)
    announce(PlaceChanged(event.id, registration.id, place.id, place.state))
    promote(event, freed[0])
    return place
