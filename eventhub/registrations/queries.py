"""Finding registrations, and counting places."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from eventhub.events.models import Event
from eventhub.foundation import links
from eventhub.foundation.db import db
from eventhub.foundation.errors import NoLink, NotFound
from eventhub.people.finding import is_found, keys_of

from .models import COUNTING, ENDED, QUOTAS, SMALLEST_GROUP, EventInvitation, Place, Pool, Registration

T = TypeVar("T")
PAGE = 50
# How many rows of a long list are read at a time.
BATCH = 500
# Among so many people at most are names in Han characters found by how they are read.
MOST_READ = 5000


@dataclass(frozen=True, slots=True)
class Seats:
    """How a pool stands: the places that are taken, those of companions too, and the people who wait."""

    pool: Pool
    taken: int
    waiting: int

    @property
    def left(self) -> int | None:
        """The places nobody has; None where there is no limit."""
        return None if self.pool.capacity is None else max(0, self.pool.capacity - self.taken)

    @property
    def is_full(self) -> bool:
        """Whether a newcomer waits: a place is theirs only while one is free and nobody waits for it."""
        return self.left == 0 or bool(self.waiting and not self.pool.quotas)


# Made once: whoever registers asks them several times.
TAKEN = func.coalesce(func.sum(Place.size).filter(Place.state.in_(COUNTING)), 0)
WAITING = func.count(Place.id).filter(Place.state == "waitlisted")
_SEATS: Select[Pool, int, int] = (
    select(Pool, TAKEN, WAITING).outerjoin(Place, Place.pool_id == Pool.id).group_by(Pool.id)
)
_SEATS_OF_POOL = select(TAKEN, WAITING).where(Place.pool_id == bindparam("pool_id"))
_SEATS_OF_EVENT = _SEATS.where(Pool.event_id == bindparam("event_id")).order_by(Pool.position, Pool.key)
_OF_ADDRESS = select(Registration).where(
    Registration.event_id == bindparam("event_id"), Registration.address == bindparam("address")
)
_OF_LINK = (
    select(Registration)
    .where(Registration.id == bindparam("registration_id"))
    .options(joinedload(Registration.event).joinedload(Event.organisation), joinedload(Registration.person))
)


def seats_of(pool: Pool) -> Seats:
    """How one pool stands."""
    return Seats(pool, *db.session.execute(_SEATS_OF_POOL, {"pool_id": pool.id}).one())


def count_by_quota(pool: Pool) -> dict[tuple[str, str], int]:
    """How many places of a pool are taken by those of each stakeholder type and each country."""
    counted: dict[tuple[str, str], int] = {}
    for kind in QUOTAS:
        column = getattr(Registration, kind)
        query = select(column, func.sum(Place.size)).join(Registration.places)
        query = query.where(Place.pool_id == pool.id, Place.state.in_(COUNTING), column.is_not(None)).group_by(column)
        counted |= {(kind, value): number for value, number in db.session.execute(query)}
    return counted


def list_seats(event: Event) -> list[Seats]:
    """How each pool of an event stands: those it offers, and others as long as somebody is in them."""
    return [one for one in list_all_seats(event) if one.pool.is_offered or one.taken or one.waiting]


def list_all_seats(event: Event) -> list[Seats]:
    """How every pool of an event stands, those too that it does not offer."""
    return [Seats(*row) for row in db.session.execute(_SEATS_OF_EVENT, {"event_id": event.id})]


def all_seats(event_ids: Collection[UUID]) -> list[Seats]:
    """How each pool of some events stands: one question, however many they are."""
    if not event_ids:
        return []
    rows = db.session.execute(_SEATS.where(Pool.event_id.in_(event_ids)).order_by(Pool.position, Pool.key))
    return [Seats(*row) for row in rows]


def find_pool(event: Event, key: str) -> Pool | None:
    """The pool of a key."""
    return db.session.scalar(select(Pool).where(Pool.event_id == event.id, Pool.key == key))


def list_pending(event: Event, number: int) -> Pagination:
    """One page of the places that wait for approval, in the order in which they were asked for."""
    query = (
        select(Place)
        .join(Place.pool)
        .where(Pool.event_id == event.id, Place.state == "pending")
        .options(contains_eager(Place.pool), joinedload(Place.registration))
        .order_by(Pool.position, Place.number)
    )
    return db.paginate(query, page=number, per_page=PAGE, error_out=False)


def find_registration(event_id: UUID, address: str) -> Registration | None:
    """The registration of a normalised address for an event."""
    return db.session.scalar(_OF_ADDRESS, {"event_id": event_id, "address": address})


def get_registration(event_id: UUID, address: str) -> Registration:
    """The registration of a normalised address for an event, where it is known that there is one."""
    return db.session.scalars(_OF_ADDRESS, {"event_id": event_id, "address": address}).one()


def find_seat_of(event_id: UUID, person_id: UUID, address: str | None) -> Registration | None:
    """The registration in person of somebody whom we know, by their account or by the address of their letters."""
    theirs = [Registration.person_id == person_id]
    if address:  # a delegate has none either
        theirs.append(Registration.address == address)
    query = (
        select(Registration)
        .join(Registration.places)
        .join(Place.pool)
        .where(Registration.event_id == event_id, Pool.mode == "in_person", Place.state.not_in(ENDED))
        .where(or_(*theirs))
    )
    return db.session.scalars(query).first()


def get_by_link(token: str) -> Registration:
    """The registration whose private link this is; raises NoLink alike, and after as long, for any that is not."""
    found = db.session.scalar(_OF_LINK, {"registration_id": links.row_id_of(token)})
    registration = links.opened("registration", token, found, found.link_number if found else None)
    if registration.erased_at is not None:
        raise NoLink
    return registration


def get_of_event(event: Event, registration_id: UUID) -> Registration:
    """A registration, if it is one for this event and was not erased; raises NotFound."""
    found = db.session.get(Registration, registration_id)
    if found is None or found.event_id != event.id or found.erased_at is not None:
        raise NotFound
    return found


def get_invitation(token: str) -> EventInvitation:
    """The invitation whose private link this is; raises NoLink alike, and after as long, for any that is not."""
    found = db.session.scalar(
        select(EventInvitation)
        .where(EventInvitation.id == links.row_id_of(token))
        .options(joinedload(EventInvitation.event).joinedload(Event.organisation), joinedload(EventInvitation.pool))
    )
    return links.opened("event_invitation", token, found, found.link_number if found else None)


def get_invitation_of(event: Event, invitation_id: UUID) -> EventInvitation:
    """An invitation, if it is one to this event; raises NotFound."""
    found = db.session.get(EventInvitation, invitation_id)
    if found is None or found.event_id != event.id:
        raise NotFound
    return found


def list_invitations(event: Event, state: str, number: int) -> Pagination:
    """One page of an event's invitations, the newest first; all of them, or those in a state."""
    query = select(EventInvitation).where(EventInvitation.event_id == event.id)
    query = query.options(joinedload(EventInvitation.pool))
    if state:
        query = query.where(EventInvitation.state == state)
    order = EventInvitation.created_at.desc(), EventInvitation.id
    return db.paginate(query.order_by(*order), page=number, per_page=PAGE, error_out=False)


def count_invitations(event: Event) -> dict[str, int]:
    """How many invitations of an event are in each state."""
    query = select(EventInvitation.state, func.count()).where(EventInvitation.event_id == event.id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(EventInvitation.state))}


def is_looked_after(delegate: type[Registration] = Registration) -> ColumnElement[bool]:
    """That a delegate has no address, and so is looked after by their contact; who was erased had one, or is gone."""
    return delegate.contact_id.is_not(None) & delegate.address.is_(None) & delegate.erased_at.is_(None)


def looks_after_somebody() -> ColumnElement[bool]:
    """That a registration is that of a contact of delegates without an address who have not given up their places."""
    delegate, place = aliased(Registration), aliased(Place)
    return (
        select(place.id)
        .join(delegate, delegate.id == place.registration_id)
        .where(delegate.contact_id == Registration.id, is_looked_after(delegate), place.state.not_in(ENDED))
        .correlate(Registration)
        .exists()
    )


def list_of_address(address: str) -> Sequence[Registration]:
    """All that is registered under a normalised address and not given up, the latest event first."""
    return db.session.scalars(
        select(Registration)
        .join(Registration.places)
        .join(Registration.event)
        .where(Registration.address == address, Place.is_main)
        .where(or_(Place.state.not_in(ENDED), looks_after_somebody()))
        .options(contains_eager(Registration.event))
        .order_by(Event.starts_at.desc().nulls_first(), Registration.id)
    ).all()


def position_of(place: Place) -> int | None:
    """The place's position in its queue, from 1; None where it does not wait."""
    if place.state != "waitlisted":
        return None
    before = select(func.count(Place.id)).where(
        Place.pool_id == place.pool_id, Place.state == "waitlisted", Place.number < place.number
    )
    return 1 + (db.session.scalar(before) or 0)


def positions(event: Event, among: Collection[UUID] | None = None) -> dict[UUID, int]:
    """The position of each place of an event that waits, or of those among these, in the queue of its pool."""
    position = func.row_number().over(partition_by=Place.pool_id, order_by=Place.number).label("position")
    waiting = select(Place.id, position).join(Place.pool).where(Pool.event_id == event.id, Place.state == "waitlisted")
    if among is not None:
        every = waiting.subquery()
        waiting = select(every.c.id, every.c.position).where(every.c.id.in_(among))
    return {row[0]: row[1] for row in db.session.execute(waiting)}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which registrations an organiser looks for; addresses are searched only for those who may read them.

    `delegation` is the id of its contact's registration.
    """

    words: str = ""
    pool: str = ""
    state: str = ""
    stakeholder_type: str = ""
    delegation: str = ""
    in_addresses: bool = False


def list_page(event: Event, wanted: Filter, number: int) -> Pagination:
    """One page of an event's registrations, the newest first; the waitlist in the order of its queue."""
    waits = wanted.state == "waitlisted"  # then those with a turn are those who are wanted
    readings = _readings(event, wanted)
    found = _wanted(select(Registration), event, replace(wanted, state="", pool="") if waits else wanted, readings)
    if waits:
        first = func.min(Pool.position * 1_000_000 + Place.number).label("first")
        query = select(Place.registration_id, first).join(Place.pool)
        query = query.where(Pool.event_id == event.id, Place.state == "waitlisted").group_by(Place.registration_id)
        if wanted.pool:
            query = query.where(Pool.key == wanted.pool)
        turns = query.subquery()
        found = found.join(turns, turns.c.registration_id == Registration.id)
        found = found.order_by(turns.c.first, Registration.id)
    else:
        found = found.order_by(Registration.created_at.desc(), Registration.id)
    found = found.options(selectinload(Registration.places).joinedload(Place.pool), joinedload(Registration.contact))
    page = db.paginate(found, page=number, per_page=PAGE, error_out=False, count=False)
    if number == 1 and len(page.items) < PAGE:
        page.total = len(page.items)
    else:  # without the columns of each row, of which a database would make fifty thousand for nothing
        page.total = db.session.scalar(_wanted(select(func.count(Registration.id)), event, wanted, readings)) or 0
    return page


def _words(wanted: Filter) -> list[str]:
    return unicodedata.normalize("NFKC", wanted.words[:200]).split()


def _readings(event: Event, wanted: Filter) -> dict[str, list[UUID]]:
    """By a word in Latin letters, whose name in Han characters is read so: `张伟` for zhang, wei, zhangwei and zw.

    No database knows how a character is read. Of an event with very many people nobody is found so: they would all have
    to be read for it.
    """
    words = [word for word in _words(wanted) if word.isascii() and word.isalpha()]
    if not words:
        return {}
    query = select(Registration.id, Registration.name)
    query = query.where(Registration.event_id == event.id, Registration.erased_at.is_(None))
    rows = db.session.execute(query.limit(MOST_READ + 1)).all()
    if len(rows) > MOST_READ:
        return {}
    keys = [(row[0], keys_of(row[1])) for row in rows if not row[1].isascii()]
    return {word: [its_id for its_id, key in keys if is_found(key, word)] for word in words}


def _wanted(query: Select[T], event: Event, wanted: Filter, readings: Mapping[str, Sequence[UUID]]) -> Select[T]:
    """A query for what is looked for among an event's registrations."""
    query = query.where(Registration.event_id == event.id, Registration.erased_at.is_(None))
    for word in _words(wanted):
        # To fold the case of a column costs a database more than to look through it: Chinese has none, addresses are
        # folded already.
        has_case = word.lower() != word.upper()
        columns = Registration.name, Registration.organisation
        found = [one.icontains(word, autoescape=True) if has_case else one.contains(word, autoescape=True)
                 for one in columns]  # fmt: skip
        if wanted.in_addresses:
            found.append(Registration.address.contains(word.casefold(), autoescape=True))
        if read_so := readings.get(word):
            found.append(Registration.id.in_(read_so))
        query = query.where(or_(*found))
    if wanted.pool or wanted.state:
        # Who has a place online and waits for a seat is found under both.
        has = exists().where(Place.registration_id == Registration.id)
        if wanted.pool:
            its_id = select(Pool.id).where(Pool.event_id == event.id, Pool.key == wanted.pool)
            has = has.where(Place.pool_id == its_id.scalar_subquery())
        if wanted.state:
            has = has.where(Place.state == wanted.state)
        query = query.where(has)
    if wanted.stakeholder_type:
        query = query.where(Registration.stakeholder_type == wanted.stakeholder_type)
    if wanted.delegation:
        contact_id = UUID(wanted.delegation)
        query = query.where(or_(Registration.contact_id == contact_id, Registration.id == contact_id))
    return query


def count_of(event: Event) -> int:
    """How many registrations an event has, given up ones too, but not those that were erased."""
    query = select(func.count(Registration.id)).where(Registration.event_id == event.id)
    return db.session.scalar(query.where(Registration.erased_at.is_(None))) or 0


def batches_of(event: Event) -> Iterator[list[tuple[Registration, Place, Pool]]]:
    """All registrations of an event in the order they came, some hundreds at a time, so that no list is too long.

    Between two of them the connection may be given back.
    """
    query = (
        select(Registration, Place, Pool)
        .join(Place, (Place.registration_id == Registration.id) & Place.is_main)
        .join(Place.pool)
        .where(Registration.event_id == event.id, Registration.erased_at.is_(None))
        .options(joinedload(Registration.contact))
        .order_by(Registration.created_at, Registration.id)
        .limit(BATCH)
    )
    following = query
    while batch := [(row[0], row[1], row[2]) for row in db.session.execute(following)]:
        at, last = batch[-1][0].created_at, batch[-1][0].id
        yield batch
        later = (Registration.created_at > at) | ((Registration.created_at == at) & (Registration.id > last))
        following = query.where(later)


def days_of(event: Event) -> Sequence[Row[date | str, int]]:
    """How many of those who hold a place or wait for one registered on each day (UTC), in order."""
    day = func.date(Registration.created_at)
    query = select(day, func.count()).join(Registration.places)
    query = query.where(Registration.event_id == event.id, Place.is_main, Place.state.not_in(ENDED))
    return db.session.execute(query.group_by(day).order_by(day)).all()


def list_countries(event: Event) -> Sequence[str]:
    """The countries from which at least five people hold a place or wait for one: fewer could be known by theirs."""
    query = select(Registration.country).join(Registration.places)
    query = query.where(Registration.event_id == event.id, Registration.country.is_not(None))
    query = query.where(Place.is_main, Place.state.not_in(ENDED)).group_by(Registration.country)
    found = db.session.scalars(query.having(func.count() >= SMALLEST_GROUP).order_by(Registration.country))
    return [country for country in found if country]


def count_shared(event_ids: Collection[UUID]) -> dict[frozenset[UUID], int]:
    """How many people hold a place at both of two events, by their address; fewer than five are not told."""
    here, there = aliased(Registration), aliased(Registration)

    def holds(registration: type[Registration]) -> ColumnElement[bool]:
        held = select(Place.id).where(Place.registration_id == registration.id, Place.state.in_(COUNTING))
        return held.exists()

    query = (
        select(here.event_id, there.event_id, func.count())
        .join(there, there.address == here.address)
        .where(here.event_id.in_(event_ids), there.event_id.in_(event_ids), here.event_id < there.event_id)
        .where(holds(here), holds(there))
        .group_by(here.event_id, there.event_id)
        .having(func.count() >= SMALLEST_GROUP)
    )
    return {frozenset((one, other)): number for one, other, number in db.session.execute(query)}
