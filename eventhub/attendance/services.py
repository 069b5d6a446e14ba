"""Admitting devices to the door, and letting people in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.permissions import require
from eventhub.people.names import tidy
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations.models import Registration
from eventhub.registrations.sign_ups import words as sign_ups

from . import policy, queries, roll, tickets
from .certificates import personal as certificates
from .models import Arrival, Door, WalkIn, have_closed
from .signals import ArrivalUndone, AttendanceExported, DoorOpened, DoorRevoked, PersonArrived, WalkInErased

LONGEST_NAME = 200
# How often at most a device that asks all the time is noted as seen.
_SEEN_EVERY = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What happened at a door: by its ticket or by name, when, at which session, and through which device.

    `id` is made where it happened, so that telling it twice is as good as once. `door_id` is none where a member of
    the organisation acts at the desk.
    """

    id: UUID
    made_at: datetime
    code: str = ""
    who_id: UUID | None = None
    session_id: UUID | None = None
    door_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scan.

    `welcome`; `already`, then `counting` is the arrival that was first; or why nobody was let in: `unreadable`,
    `other_event`, `ended`, `no_place` or `unknown`. `who` is the person, as far as it is known who it is. `text` tells
    whether they have signed up, at a session with sign-up. At the edge `undone`, and `refused` for a reason that `text`
    tells.
    """

    word: str
    who: Registration | WalkIn | None = None
    counting: Arrival | None = None
    text: str = ""

    @property
    def brings(self) -> int:
        """How many come with them."""
        return len(self.who.companions) if isinstance(self.who, Registration) else 0

    @property
    def is_refused(self) -> bool:
        """Whether nobody was let in."""
        return self.word not in {"welcome", "already"}


@use_case
def open_door(actor: Actor, event_id: UUID, name: str) -> Door:
    """A device admitted to check people in at this event.

    Raises Invalid where it has no name, and Conflict where the doors have closed, for it would open nothing.
    """
    event = get(Event, event_id)
    require(policy.may_run_doors(actor, event), hidden=True)
    if have_closed(event):
        raise Conflict(gettext("The doors closed a week after the event. No device can be admitted any more."))
    door = Door(event_id=event.id, name=_named("name", name), person_id=actor.person_id)
    db.session.add(door)
    db.session.flush()
    announce(DoorOpened(event.id, door.id))
    return door


@use_case
def revoke_door(actor: Actor, door_id: UUID) -> None:
    """A device turned out at once; what it has told us stays. Doing it twice is as good as once."""
    door = get(Door, door_id, lock=True)
    require(policy.may_run_doors(actor, door.event), hidden=True)
    if door.revoked_at is None:
        door.revoked_at = clock.now()
        door.link_number += 1
        announce(DoorRevoked(door.event_id, door.id))


@use_case
def note_seen(actor: Actor, door_id: UUID) -> None:
    """The device's last sign of life, now."""
    door = get(Door, door_id, lock=True)
    require(policy.may_check_in(actor, door.event, door), hidden=True)
    door.seen_at = clock.now()


def wants_noting(door: Door) -> bool:
    """Whether its last sign of life is old enough for another line."""
    return door.seen_at is None or door.seen_at + _SEEN_EVERY < clock.now()


@use_case
def check_in(actor: Actor, event_id: UUID, scan: Scan) -> Outcome:
    """Whoever a scan is of, let in, unless it is refused; of two scans the earlier one counts, whichever we hear first.

    Raises NotFound where the actor may not, Conflict where the event was cancelled, and Invalid for a session that it
    has not.
    """
    event, door = _enter(actor, event_id, scan.door_id)
    session_id = _session_id(event, scan.session_id)
    if known := _known(event, scan.id):
        return _outcome(known)
    found = _by_ticket(event, scan.code) if scan.code else _by_name(event, scan.who_id)
    if found.is_refused or found.who is None:
        return found
    # One after the other for one person: two doors may ask in the same moment.
    who = get(type(found.who), found.who.id, lock=True)
    return _let_in(actor, event, door, scan, who, session_id)


@use_case
def take_walk_in(
    actor: Actor, event_id: UUID, scan: Scan, name: str, organisation: str = "", pool_key: str = ""
) -> Outcome:
    """Somebody who has not registered, noted and let in; `who_id` of the scan becomes theirs.

    Raises Invalid where there is no name, and else as `check_in`.
    """
    event, door = _enter(actor, event_id, scan.door_id)
    session_id = _session_id(event, scan.session_id)
    if known := _known(event, scan.id):
        return _outcome(known)
    walk_in = WalkIn(
        id=scan.who_id or uuid4(),
        event_id=event.id,
        name=_named("name", name),
        organisation=tidy(organisation)[:LONGEST_NAME],
        pool_key=pool_key if pool_key in queries.pool_keys(event) else "",
    )
    # An id of somebody who has registered would stand for two people.
    if db.session.get(WalkIn, walk_in.id) is not None or db.session.get(Registration, walk_in.id) is not None:
        raise Conflict(gettext("Somebody else has just changed this. Please look at it again."))
    db.session.add(walk_in)
    db.session.flush()
    return _let_in(actor, event, door, scan, walk_in, session_id)


@use_case
def undo(actor: Actor, event_id: UUID, arrival_id: UUID, door_id: UUID | None = None) -> Arrival:
    """An arrival taken back, with all that the same device said of the same person; what another one saw counts then.

    At the desk all that was said of the person is taken back. Doing it twice is as good as once.
    """
    event, door = _enter(actor, event_id, door_id)
    arrival = db.session.get(Arrival, arrival_id)
    if arrival is None or arrival.event_id != event.id:
        raise NotFound
    who = arrival.registration or arrival.walk_in
    assert who is not None
    get(type(who), who.id, lock=True)
    said = _said_of(arrival.who_id, arrival.where_id)
    if taken := [one for one in said if door is None or one.door_id == arrival.door_id]:
        for one in taken:
            one.undone_at = one.changed_at = clock.now()
            announce(ArrivalUndone(event.id, one.id, one.registration_id, one.walk_in_id, one.session_id, one.door_id))
        db.session.flush()
        _count_the_first([one for one in said if one not in taken])
    return arrival


@use_case
def erase_walk_in(actor: Actor, event_id: UUID, walk_in_id: UUID) -> None:
    """A walk-in without name and organisation: that somebody came goes on counting. Twice is as good as once."""
    event = get(Event, event_id)
    require(policy.may_erase(actor, event), hidden=True)
    walk_in = get(WalkIn, walk_in_id, lock=True)
    if walk_in.event_id != event.id:
        raise NotFound
    if walk_in.name:
        walk_in.name = walk_in.organisation = ""
        certificates.erase_of_walk_ins([walk_in.id])
        announce(WalkInErased(event.id, walk_in.id))


@use_case
def note_export(actor: Actor, event_id: UUID) -> None:
    """The audit line without which no list leaves the service."""
    event = get(Event, event_id)
    require(policy.may_export(actor, event), hidden=True)
    announce(AttendanceExported(event.id, count_told(event)))


def count_told(event: Event) -> int:
    """How many people a list of who came tells of."""
    return sum(1 for _ in roll.list_told(event, queries.came_at(event)))


def _enter(actor: Actor, event_id: UUID, door_id: UUID | None) -> tuple[Event, Door | None]:
    event = get(Event, event_id)
    # What one device tells is taken in its order, and once, also where it tells it twice at the same time.
    door = get(Door, door_id, lock=True) if door_id else None
    require(policy.may_check_in(actor, event, door), hidden=True)
    if event.status == "cancelled":
        raise Conflict(gettext("This event has been cancelled."))
    return event, door


def _session_id(event: Event, session_id: UUID | None) -> UUID | None:
    if session_id is None:
        return None
    session = db.session.get(ProgrammeSession, session_id)
    if session is None or session.event_id != event.id:
        raise Invalid("session", gettext("This session is not in the programme any more."))
    return session.id


def _known(event: Event, scan_id: UUID) -> Arrival | None:
    known = db.session.get(Arrival, scan_id)
    if known is not None and known.event_id != event.id:
        raise NotFound
    return known


def _by_ticket(event: Event, code: str) -> Outcome:
    ticket = tickets.read(code)
    if ticket is None:
        return Outcome("unreadable")
    if not ticket.is_for(event.id):
        return Outcome("other_event")
    registration = db.session.get(Registration, ticket.registration_id)
    if registration is None or registration.event_id != event.id:
        return Outcome("unknown")
    if registration.link_number != ticket.number:
        return Outcome("ended", registration)
    if not any(tickets.has_ticket(place) for place in registration.places):
        return Outcome("no_place", registration)
    return Outcome("welcome", registration)


def _by_name(event: Event, who_id: UUID | None) -> Outcome:
    registration = db.session.get(Registration, who_id) if who_id else None
    if registration is not None and registration.event_id == event.id:
        has_place = any(place.state == "confirmed" for place in registration.places)
        return Outcome("welcome" if has_place else "no_place", registration)
    walk_in = db.session.get(WalkIn, who_id) if who_id else None
    if walk_in is not None and walk_in.event_id == event.id:
        return Outcome("welcome", walk_in)
    return Outcome("unknown")


def _let_in(
    actor: Actor, event: Event, door: Door | None, scan: Scan, who: Registration | WalkIn, session_id: UUID | None
) -> Outcome:
    is_registered = isinstance(who, Registration)
    arrival = Arrival(
        id=scan.id,
        event_id=event.id,
        session_id=session_id,
        registration_id=who.id if is_registered else None,
        walk_in_id=None if is_registered else who.id,
        who_id=who.id,
        where_id=session_id or event.id,
        source="door" if door else "desk",
        way="ticket" if scan.code else "name",
        door_id=door.id if door else None,
        door_name=door.name if door else "",
        person_id=actor.person_id,
        # A clock that is put forward must not make a scan the latest for ever.
        made_at=min(scan.made_at, clock.now()),
        is_repeat=True,
        changed_at=clock.now(),
    )
    db.session.add(arrival)
    db.session.flush()
    _count_the_first(_said_of(arrival.who_id, arrival.where_id))
    announce(
        PersonArrived(
            event.id,
            arrival.id,
            arrival.registration_id,
            arrival.walk_in_id,
            session_id,
            arrival.door_id,
            arrival.is_repeat,
        )
    )
    return _outcome(arrival)


def _said_of(who_id: UUID, where_id: UUID) -> Sequence[Arrival]:
    """All that was said of one person at one place and not undone, by the moment it was made."""
    query = (
        select(Arrival)
        .where(Arrival.who_id == who_id, Arrival.where_id == where_id, Arrival.undone_at.is_(None))
        .order_by(Arrival.made_at, Arrival.created_at, Arrival.id)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _count_the_first(said: Sequence[Arrival]) -> None:
    """Have the earliest count; the one that no longer does first, for the index bears no two even for a moment."""
    for one in said[1:]:
        if not one.is_repeat:
            one.is_repeat, one.changed_at = True, clock.now()
            db.session.flush()
    for one in said[:1]:
        if one.is_repeat:
            one.is_repeat, one.changed_at = False, clock.now()
    db.session.flush()


def _outcome(arrival: Arrival) -> Outcome:
    who = arrival.registration or arrival.walk_in
    if arrival.counts:
        return Outcome("welcome", who, arrival, sign_ups.at_the_door(arrival.registration_id, arrival.session_id))
    return Outcome("already", who, queries.counting(arrival.who_id, arrival.where_id) or arrival)


def _named(field: str, name: str) -> str:
    name = tidy(name)[:LONGEST_NAME]
    if not name:
        raise Invalid(field, gettext("Please write a name."))
    return name
