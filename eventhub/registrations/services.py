"""Registering, moving up, changing and giving up.

Whoever gives or takes a place first locks the event, so that it is not closed meanwhile, and then all its
pools in order of id: the last place is given once, one address registers once, and nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.events.policy import may_see_event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import LOCALES
from eventhub.foundation.permissions import require
from eventhub.organisations.models import STAKEHOLDER_TYPES
from eventhub.people.addresses import normalise, tidy
from eventhub.people.models import Person
from eventhub.programme import queries as parts

from . import policy, queries
from .models import OFFERED, POOL_KEYS, Consent, Place, Pool, Registration
from .queries import Seats
from .signals import (
    CapacityChanged,
    LinkRotated,
    LinksAskedFor,
    PlaceCancelled,
    PlaceChanged,
    PlacePromoted,
    PlaceTaken,
    RegisteredAgain,
    RegistrationChanged,
    RegistrationsExported,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """How a person describes themself: a registration's columns of the same names."""

    name: str
    organisation: str = ""
    stakeholder_type: str | None = None
    country: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a person agreed to: the purpose, the version of the words, and the language they were read in."""

    purpose: str
    wording: str
    language: str
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details(Description):
    """What a registration begins with; `address` is as it was typed."""

    address: str | None = None
    agreements: Sequence[Agreement] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a registration: `confirmed` or `waitlisted`, in which pool."""

    pool_key: str
    state: str


@use_case
def register(actor: Actor, event_id: UUID, details: Details, pool_key: str) -> Outcome:
    """A place in the pool, or the next one in its queue while it is full.

    For somebody who is registered already nothing changes: they get their own link by letter, and the answer is the
    one that a new registration would have now, so that nobody learns it. Raises NotFound where the actor may not
    see the event, Conflict while registration is not open, and Invalid where a value cannot be.
    """
    event, pools = _lock(event_id)
    require(may_see_event(actor, event), hidden=True)
    if not policy.may_register(actor, event):
        raise Conflict(gettext("Registration for this event is not open."))
    pool = _offered(pools, pool_key)
    _check(details)
    address = _address(details.address)
    state = _promote(event, pool).next_state
    known = queries.find_registration(event.id, address)
    if known is not None and not known.place.has_ended:
        announce(RegisteredAgain(event.id, known.id))
    else:
        _take(actor, event, details, address, pool, state, known)
    return Outcome(pool.key, state)


@use_case
def add_by_hand(actor: Actor, event_id: UUID, details: Details, pool_key: str) -> Registration:
    """A registration that an organiser makes for somebody, who may have no address; it joins the same queue.

    Possible before registration opens and after it closes. Raises Conflict where the event does not take place, or
    somebody is registered under the address, and Invalid where a value cannot be.
    """
    event, pools = _lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    _check_takes_place(event)
    pool = _offered(pools, pool_key)
    _check(details)
    address = _address(details.address) if details.address else None
    known = queries.find_registration(event.id, address) if address else None
    if known is not None and not known.place.has_ended:
        raise Conflict(gettext("Somebody is registered under this address already."))
    state = _promote(event, pool).next_state
    return _take(actor, event, details, address, pool, state, known)


@use_case
def change_registration(
    actor: Actor, registration_id: UUID, description: Description, version: int | None = None
) -> Registration:
    """The registration with another description of its person; its place stays.

    Raises Stale where somebody saved it since `version`, and Invalid where a value cannot be.
    """
    registration = get(Registration, registration_id, lock=True)
    require(policy.may_edit_registration(actor, registration), hidden=True)
    check_version(registration, version)
    _check(description)
    if changed := _describe(registration, description):
        announce(RegistrationChanged(registration.event_id, registration.id, changed))
    return registration


@use_case
def switch_pool(actor: Actor, registration_id: UUID, pool_key: str) -> Place:
    """The registration's place in another pool, or at the end of its queue; the old one goes to the next in line.

    Raises Conflict where it was cancelled, or registration is closed to whoever is not an organiser.
    """
    registration, event, pools = _lock_registration(actor, registration_id)
    if policy.may_manage_registrations(actor, event):
        _check_takes_place(event)
    elif event.registration_state() != "open":
        raise Conflict(gettext("Registration for this event is not open."))
    place, pool = registration.place, _offered(pools, pool_key)
    if place.has_ended:
        raise Conflict(gettext("This registration was cancelled. Please register again."))
    if place.pool_id == pool.id:
        return place
    left = place.pool
    _put(place, pool, _promote(event, pool).next_state)
    announce(PlaceChanged(event.id, registration.id, place.id, place.state))
    _promote(event, left)
    return place


@use_case
def cancel_registration(actor: Actor, registration_id: UUID) -> Registration:
    """The registration given up, by its person or an organiser; its place goes to the next in line at once.

    Cancelling twice is as good as once.
    """
    registration, event, _ = _lock_registration(actor, registration_id)
    place = registration.place
    if not place.has_ended:
        _set_state(place, "cancelled")
        announce(PlaceCancelled(event.id, registration.id, place.id))
        _promote(event, place.pool)
    return registration


@use_case
def free_seat(actor: Actor, event_id: UUID, person_id: UUID) -> None:
    """The seat of a speaker who does not come free for the next in line; online they keep a place where there is one.

    Nothing happens to who still has a part in the room, or no registration in person.
    """
    event, pools = _lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    registration = queries.find_seat_of(event.id, person_id)
    if registration is None or parts.is_expected(event.id, person_id):
        return
    if "online" in pools and pools["online"].is_offered:
        switch_pool(actor, registration.id, "online")
    else:
        cancel_registration(actor, registration.id)


@use_case
def change_pools(actor: Actor, event_id: UUID, capacities: Mapping[str, int | None]) -> None:
    """The event's pools with these capacities, by key; None is no limit.

    More places go to those who wait, in order; fewer take nobody's away. Raises Invalid for what is no capacity.
    """
    event, pools = _lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    for key, capacity in capacities.items():
        if key not in POOL_KEYS or (capacity is not None and capacity < 0):
            raise Invalid(key, gettext("The number of places is a whole number, 0 or more."))
        pool = pools.get(key) or _add_pool(event, key)
        if pool.capacity != capacity:
            pool.capacity = capacity
            announce(CapacityChanged(event.id, pool.id, capacity))
            _promote(event, pool)


@use_case
def ensure_pools(actor: Actor, event_id: UUID, like: UUID | None = None) -> None:
    """The pools that the event's mode needs, without a limit, or with the capacities of the event that it is `like`."""
    event, pools = _lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    capacities: dict[str, int | None] = {}
    if like is not None:
        capacities = {pool.key: pool.capacity for pool in db.session.scalars(select(Pool).where(Pool.event_id == like))}
    for key in OFFERED[event.mode]:
        if key not in pools:
            _add_pool(event, key, capacities.get(key))


@use_case
def promote_waiting(actor: Actor, event_id: UUID) -> None:
    """Free places given to those who wait, as when an event opens again."""
    event, pools = _lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    for pool in pools.values():
        _promote(event, pool)


@use_case
def rotate_link(actor: Actor, registration_id: UUID) -> None:
    """The registration's private links void, and new ones on their way to its owner by letter.

    The calendar's goes with it: whoever had the one has seen the other.
    """
    registration = get(Registration, registration_id, lock=True)
    require(policy.may_edit_registration(actor, registration), hidden=True)
    registration.link_number += 1
    registration.calendar_number += 1
    announce(LinkRotated(registration.event_id, registration.id))


@use_case
def ask_for_links(actor: Actor, address: str, language: str) -> None:
    """All private links of an address on their way to it, if it has any; the asker does not learn which.

    Raises Invalid where it is no address.
    """
    announce(LinksAskedFor(_address(address), language))


@use_case
def note_export(actor: Actor, event_id: UUID, file_format: str) -> None:
    """The audit line without which no list leaves the service."""
    event = get(Event, event_id)
    require(policy.may_export(actor, event), hidden=True)
    announce(RegistrationsExported(event.id, queries.count_of(event), file_format))


def _lock(event_id: UUID) -> tuple[Event, dict[str, Pool]]:
    # Shared: registrations of one event pass each other here, and only those who change the event itself wait.
    shared = select(Event).where(Event.id == event_id).with_for_update(read=True)
    event = db.session.scalar(shared.execution_options(populate_existing=True))
    if event is None:
        raise NotFound
    pools = (
        select(Pool)
        .where(Pool.event_id == event_id)
        .order_by(Pool.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return event, {pool.key: pool for pool in db.session.scalars(pools)}


def _lock_registration(actor: Actor, registration_id: UUID) -> tuple[Registration, Event, dict[str, Pool]]:
    event, pools = _lock(get(Registration, registration_id).event_id)
    registration = get(Registration, registration_id, lock=True)
    require(policy.may_edit_registration(actor, registration), hidden=True)
    return registration, event, pools


def _check_takes_place(event: Event) -> None:
    if event.status != "published" or event.is_over():
        raise Conflict(gettext("The event is not published, or over: nobody can be registered."))


def _offered(pools: Mapping[str, Pool], key: str) -> Pool:
    pool = pools.get(key)
    if pool is None or not pool.is_offered:
        raise Invalid("pool", gettext("Choose how to take part."))
    return pool


def _check(description: Description) -> None:
    if not description.name.strip():
        raise Invalid("name", gettext("Please write a name."))
    if description.stakeholder_type not in {None, *STAKEHOLDER_TYPES}:
        raise Invalid("stakeholder_type", gettext("Choose one from the list."))
    if description.language not in LOCALES:
        raise Invalid("language", gettext("Choose one from the list."))


def _address(typed: str | None) -> str:
    try:
        return normalise(typed or "")
    except ValueError:
        raise Invalid("address", gettext("This is not an e-mail address.")) from None


def _describe(registration: Registration, description: Description) -> tuple[str, ...]:
    names = [column.name for column in fields(Description)]
    changed = tuple(name for name in names if getattr(registration, name) != getattr(description, name))
    for name in changed:
        setattr(registration, name, getattr(description, name))
    return changed


def _take(
    actor: Actor,
    event: Event,
    details: Details,
    address: str | None,
    pool: Pool,
    state: str,
    known: Registration | None,
) -> Registration:
    """Who comes back after cancelling has the same row, and the links in their letters go on leading to it."""
    registration = known or Registration(event_id=event.id, address=address, places=[Place()])
    _describe(registration, details)
    registration.typed_address = tidy(details.address) if details.address else None
    registration.person_id = _person_id(actor, address)
    place = registration.place
    _put(place, pool, state)
    db.session.add(registration)
    db.session.flush()
    _keep_agreements(registration, details.agreements, is_new=known is None)
    announce(PlaceTaken(event.id, registration.id, place.id, state))
    return registration


def _person_id(actor: Actor, address: str | None) -> UUID | None:
    """The member's own person where they register under the address that is proven theirs; nobody's otherwise."""
    if actor.person_id is None or address is None:
        return None
    person = db.session.get(Person, actor.person_id)
    return person.id if person is not None and person.address == address else None


def _keep_agreements(registration: Registration, agreements: Sequence[Agreement], *, is_new: bool) -> None:
    given = select(Consent).where(Consent.registration_id == registration.id)
    before = {} if is_new else {(row.purpose, row.recipient, row.wording): row for row in db.session.scalars(given)}
    for agreement in agreements:
        key = agreement.purpose, agreement.recipient, agreement.wording
        consent = before.get(key) or Consent(registration_id=registration.id)
        consent.purpose, consent.recipient, consent.wording = key
        consent.language, consent.withdrawn_at = agreement.language, None
        db.session.add(consent)


def _put(place: Place, pool: Pool, state: str) -> None:
    """At the end of the pool's queue, whatever its state: numbers tell who came before whom."""
    pool.last_number += 1
    place.pool, place.number = pool, pool.last_number
    _set_state(place, state)


def _set_state(place: Place, state: str) -> None:
    place.state, place.state_since = state, clock.now()


def _add_pool(event: Event, key: str, capacity: int | None = None) -> Pool:
    pool = Pool(event_id=event.id, key=key, capacity=capacity, position=POOL_KEYS.index(key))
    db.session.add(pool)
    db.session.flush()
    return pool


def _promote(event: Event, pool: Pool) -> Seats:
    """Give free places to those who wait, in strict order; how the pool stands then.

    The registration window ends newcomers, not those who are in the queue: a place that comes free the day
    before the event is theirs.
    """
    seats = queries.seats_of(pool)
    takes_place = event.status == "published" and not event.is_over()
    if not seats.waiting or seats.left == 0 or not pool.is_offered or not takes_place:
        return seats
    queue = select(Place).where(Place.pool_id == pool.id, Place.state == "waitlisted").order_by(Place.number)
    for place in db.session.scalars(queue.limit(seats.left).execution_options(populate_existing=True)):
        _set_state(place, "confirmed")
        announce(PlacePromoted(event.id, place.registration_id, place.id))
    return queries.seats_of(pool)
