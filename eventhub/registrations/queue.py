"""Who has a place and who is next: the rules of a pool's queue, for the use-cases that give and take places.

Whoever gives or takes a place first locks the event, so that it is not closed meanwhile, and then all its
pools in order of id: the last place is given once, one address registers once, and nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import Row, bindparam, select

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, change_plainly, db, get, keep
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.permissions import require

from . import policy, queries, rights
from .models import HELD, Place, Pool, Registration
from .queries import Seats
from .signals import PlaceLapsed, PlaceOffered, PlacePromoted, PlacesGiven, SecondPlaceLeft

Pools = Mapping[str, Pool]
Given = PlacePromoted | PlaceOffered
# Beyond so many at once, those who are given places are announced together, so that the worker writes to them.
MANY = 50


# One question for both, for whoever registers asks it; the event stands first, and so is locked first. No two pass each
# other at the same pools in any case.
_LOCKED = (
    select(Event, Pool)
    .select_from(Event)
    .join(Pool, Pool.event_id == Event.id)
    .order_by(Pool.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_OF_EVENT = _LOCKED.where(Event.id == bindparam("event_id"))
_OF_REGISTRATION = _LOCKED.where(
    Event.id == select(Registration.event_id).where(Registration.id == bindparam("registration_id")).scalar_subquery()
)


def lock(event_id: UUID) -> tuple[Event, Pools]:
    """The event, and its pools by key, locked until the commit; raises NotFound where it is not there."""
    if found := db.session.execute(_OF_EVENT, {"event_id": event_id}).all():
        return _kept(found)
    event = get(Event, event_id, lock=True)
    keep(event)
    return event, {}  # nobody can take part in it


def _kept(found: Sequence[Row[Event, Pool]]) -> tuple[Event, Pools]:
    event = found[0][0]
    keep(event)
    return event, {pool.key: pool for _, pool in found}


def lock_registration(actor: Actor, registration_id: UUID) -> tuple[Registration, Event, Pools]:
    """A registration with its event and the pools of it, locked, if the actor may edit it."""
    found = db.session.execute(_OF_REGISTRATION, {"registration_id": registration_id}).all()
    if not found:
        raise NotFound
    event, pools = _kept(found)
    registration = get(Registration, registration_id, lock=True)
    require(policy.may_edit_registration(actor, registration), hidden=True)
    return registration, event, pools


def offered(pools: Pools, key: str) -> Pool:
    """The pool of a key, if the event offers it; raises Invalid."""
    pool = pools.get(key)
    if pool is None or not pool.is_offered:
        raise Invalid("pool", gettext("Choose how to take part."))
    return pool


def check_takes_place(event: Event) -> None:
    """Raise Conflict where nobody can take part any more, or yet."""
    if event.status != "published" or event.is_over():
        raise Conflict(gettext("The event is not published, or over: nobody can be registered."))


def newcomer_state(
    event: Event, pool: Pool, registration: Registration, *, is_known: bool, is_let_in: bool = False
) -> str:
    """What somebody who joins a pool now gets, after those who were there before have got theirs.

    `is_known` says that nobody else can have given their address: they need not show it. `is_let_in` says that
    organisers want them there: they need no approval.
    """
    if pool.admission == "approval" and not is_let_in:
        return "pending"
    return Newcomers(event, pool).next_state(registration, is_known=is_known)


class Newcomers:
    """What those get who join a pool now one after the other, as it would be if all of them were new."""

    def __init__(self, event: Event, pool: Pool) -> None:
        self.event, self.pool = event, pool
        seats = promote(event, pool)
        self._left = seats.left
        self._is_anybody_next = bool(seats.waiting and seats.left != 0 and _somebody_is_next(pool))
        self._quotas = Quotas(pool)

    def next_state(self, registration: Registration, *, is_known: bool) -> str:
        """What the next one gets, who needs no approval."""
        size = size_in(self.event, registration)
        if not self._quotas.has_room(registration, size):
            return "waitlisted"
        if self._is_anybody_next or (self._left is not None and self._left < size):
            self._is_anybody_next = True
            return "waitlisted"
        self._left = None if self._left is None else self._left - size
        self._quotas.take(registration, size)
        return "unverified" if self.pool.hold_hours and not is_known else "confirmed"


def size_in(event: Event, registration: Registration) -> int:
    """How many of a pool's places a registration takes up: its companions have their own where they are counted."""
    if not registration.companions:
        return 1
    return 1 + len(registration.companions) * rights.get_rights(event.id).counts_companions


def _somebody_is_next(pool: Pool) -> bool:
    """Whether somebody waits who only needs more places than are free: with their companions, and within all quotas."""
    quotas = Quotas(pool)
    return any(quotas.has_room(place.registration, place.size) for place in _queue(pool, None if pool.quotas else 1))


def put(place: Place, pool: Pool, state: str) -> None:
    """A place at the end of a pool's queue, whatever its state: numbers tell who came before whom."""
    # Past the pool's version: an organiser who changes its rules meanwhile has to look at nothing again.
    change_plainly(pool, last_number=pool.last_number + 1)
    place.pool, place.number = pool, pool.last_number
    set_state(place, state)


def set_state(place: Place, state: str) -> None:
    """A place in another state from now on; one that is held or offered is so for as long as its pool says."""
    now = clock.now()
    place.state, place.state_since, place.held_until = state, now, None
    if state in HELD:
        hours = place.pool.offer_hours if state == "offered" else place.pool.hold_hours or place.pool.offer_hours
        place.held_until = _at_most_until_the_event(place.pool.event, now + timedelta(hours=hours), now)


def _at_most_until_the_event(event: Event, moment: datetime, now: datetime) -> datetime:
    """Nobody holds a place that they have not taken when the event begins: then it is for whoever stands there."""
    return min(moment, event.starts_at) if event.starts_at and event.starts_at > now else moment


def settle(registration: Registration) -> None:
    """Let the best of a registration's places be the one by which lists show it."""
    best = registration.place
    for place in registration.places:
        place.is_main = place is best


def drop_ended(registration: Registration, pool: Pool) -> None:
    """Make room for a place in a pool in which the registration has given one up before."""
    for place in list(registration.places):
        if place.pool_id == pool.id and place.has_ended and len(registration.places) > 1:
            registration.places.remove(place)
            db.session.delete(place)
    db.session.flush()


def promote(event: Event, pool: Pool, approved: Collection[UUID] = ()) -> Seats:
    """Give free places to those who wait, in strict order; how the pool stands then.

    What was held too long is free. The registration window ends newcomers, not those who are in the queue: a place
    that comes free the day before the event is theirs. Whom the organisers have just approved gets a place without
    being asked once more, and hears of it by their answer.
    """
    if pool.hold_hours is not None or pool.promotion == "offer":
        lapse(event, pool)
    seats = queries.seats_of(pool)
    takes_place = event.status == "published" and not event.is_over()
    if not seats.waiting or seats.left == 0 or not pool.is_offered or not takes_place:
        return seats
    left, quotas, freed, given = seats.left, Quotas(pool), list[Pool](), list[Given]()
    for place in _queue(pool, None if pool.quotas else left):
        if left == 0:
            break
        if not quotas.has_room(place.registration, place.size):
            continue
        if left is not None and left < place.size:
            break  # they are next, and whoever is behind them waits with them
        left = None if left is None else left - place.size
        quotas.take(place.registration, place.size)
        given += _give(event, place, freed, is_approved=place.id in approved)
    _announce(event, given)
    db.session.flush()
    for other in freed:
        promote(event, other)
    return queries.seats_of(pool)


def _queue(pool: Pool, most: int | None) -> Iterator[Place]:
    """Those who wait, in order; who is more, with their companions, than the pool could ever hold stops nobody."""
    waiting = select(Place).where(Place.pool_id == pool.id, Place.state == "waitlisted").order_by(Place.number)
    if pool.capacity is not None:
        waiting = waiting.where(Place.size <= max(1, pool.capacity))
    return iter(db.session.scalars(waiting.limit(most).execution_options(populate_existing=True)).all())


def _announce(event: Event, given: list[Given]) -> None:
    if len(given) > MANY:
        pairs = tuple((fact.registration_id, fact.place_id) for fact in given)
        announce(PlacesGiven(event.id, pairs))
        return
    for fact in given:
        announce(fact)


def _give(event: Event, place: Place, freed: list[Pool], *, is_approved: bool) -> list[Given]:
    """Give somebody the place that they have waited for, or offer it to them; what there is to announce of it.

    `freed` gets the pools in which that frees another.
    """
    registration = place.registration
    # For a delegate without an address, their contact answers.
    has_answer = registration.address is not None or registration.looked_after_by is not None
    must_show = place.pool.hold_hours is not None and registration.verified_at is None
    if not is_approved and has_answer and (place.pool.promotion == "offer" or must_show):
        set_state(place, "offered")
        registration.substitute_for_id = None  # this one came free
        settle(registration)
        return [PlaceOffered(event.id, registration.id, place.id)]
    freed += take_up(event, place)
    return [] if is_approved else [PlacePromoted(event.id, registration.id, place.id)]


def take_up(event: Event, place: Place) -> list[Pool]:
    """A place that is somebody's from now on; what they held meanwhile in another pool comes free there.

    Where it was passed on to them, and is none for which they waited, they wait on for the other.
    """
    registration, freed, waits_on = place.registration, [], place.was_passed_on
    set_state(place, "confirmed")
    for other in registration.places:
        if other is not place and not other.has_ended and not (waits_on and other.state == "waitlisted"):
            set_state(other, "cancelled")
            freed.append(other.pool)
            announce(SecondPlaceLeft(event.id, registration.id, other.id))
    settle(registration)
    return freed


def lapse(event: Event, pool: Pool) -> int:
    """Take back what was held too long; how many places that were. Those who were offered one hear of it."""
    due = select(Place).where(Place.pool_id == pool.id, Place.state.in_(HELD), Place.held_until <= clock.now())
    rows = db.session.scalars(due.order_by(Place.number).execution_options(populate_existing=True)).all()
    for place in rows:
        was_offered = place.state == "offered"
        set_state(place, "cancelled")
        settle(place.registration)
        announce(PlaceLapsed(event.id, place.registration_id, place.id, was_offered))
    if rows:
        db.session.flush()
    return len(rows)


class Quotas:
    """How many places of a pool those of each stakeholder type or country may have, and have."""

    def __init__(self, pool: Pool) -> None:
        self._rules = pool.quotas
        self._taken = queries.count_by_quota(pool) if pool.quotas else {}

    def has_room(self, registration: Registration, size: int = 1) -> bool:
        """Whether so many more like this are within all quotas."""
        return all(self._taken.get(key, 0) + size <= capacity for key, capacity in self._of(registration))

    def take(self, registration: Registration, size: int = 1) -> None:
        """Count so many more."""
        for key, _ in self._of(registration):
            self._taken[key] = self._taken.get(key, 0) + size

    def _of(self, registration: Registration) -> Iterator[tuple[tuple[str, str], int]]:
        for rule in self._rules:
            if getattr(registration, rule["kind"]) == rule["value"]:
                yield (rule["kind"], rule["value"]), rule["capacity"]
