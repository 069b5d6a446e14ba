"""Finding registrations, and counting places."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from eventhub.events.models import Event
from eventhub.foundation import links
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.people.models import Person

from .models import COUNTING, ENDED, QUOTAS, EventInvitation, Place, Pool, Registration

PAGE = 50


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
_SEATS: Select[Pool, int, int] = (
    select(
        Pool,
        func.coalesce(func.sum(Place.size).filter(Place.state.in_(COUNTING)), 0),
        func.count(Place.id).filter(Place.state == "waitlisted"),
    )
    .outerjoin(Place, Place.pool_id == Pool.id)
    .group_by(Pool.id)
)
_SEATS_OF_POOL = _SEATS.where(Pool.id == bindparam("pool_id"))
_SEATS_OF_EVENT = _SEATS.where(Pool.event_id == bindparam("event_id")).order_by(Pool.position, Pool.key)
_OF_ADDRESS = select(Registration).where(
    Registration.event_id == bindparam("event_id"), Registration.address == bindparam("address")
)


def seats_of(pool: Pool) -> Seats:
    """How one pool stands."""
    return Seats(*db.session.execute(_SEATS_OF_POOL, {"pool_id": pool.id}).one())


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


def find_pool(event: Event, key: str) -> Pool | None:
    """The pool of a key."""
    return db.session.scalar(select(Pool).where(Pool.event_id == event.id, Pool.key == key))


def count_pending(event: Event) -> int:
    """How many people wait for the organisers to let them in."""
    query = select(func.count(Place.id)).join(Place.pool).where(Pool.event_id == event.id, Place.state == "pending")
    return db.session.scalar(query) or 0


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


def find_seat_of(event_id: UUID, person_id: UUID) -> Registration | None:
    """The registration in person of somebody whom we know, by their account or by the address that is theirs."""
    address = select(Person.address).where(Person.id == person_id).scalar_subquery()
    query = (
        select(Registration)
        .join(Registration.places)
        .join(Place.pool)
        .where(Registration.event_id == event_id, Pool.mode == "in_person", Place.state.not_in(ENDED))
        .where(or_(Registration.person_id == person_id, Registration.address == address))
    )
    return db.session.scalars(query).first()


def get_by_link(token: str) -> Registration:
    """The registration whose private link this is; raises NotFound alike, and after as long, for any that is not."""
    found = db.session.scalar(
        select(Registration)
        .where(Registration.id == links.row_id_of(token))
        .options(joinedload(Registration.event).joinedload(Event.organisation))
    )
    row_id, number = (found.id, found.link_number) if found else (None, None)
    if not links.is_genuine("registration", token, row_id, number) or found is None:
        raise NotFound
    return found


def get_of_event(event: Event, registration_id: UUID) -> Registration:
    """A registration, if it is one for this event; raises NotFound."""
    found = db.session.get(Registration, registration_id)
    if found is None or found.event_id != event.id:
        raise NotFound
    return found


def get_invitation(token: str) -> EventInvitation:
    """The invitation whose private link this is; raises NotFound alike, and after as long, for any that is not."""
    found = db.session.scalar(
        select(EventInvitation)
        .where(EventInvitation.id == links.row_id_of(token))
        .options(joinedload(EventInvitation.event).joinedload(Event.organisation), joinedload(EventInvitation.pool))
    )
    row_id, number = (found.id, found.link_number) if found else (None, None)
    if not links.is_genuine("event_invitation", token, row_id, number) or found is None:
        raise NotFound
    return found


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


def looks_after_somebody() -> ColumnElement[bool]:
    """That a registration is that of a contact of delegates without an address who have not given up their places."""
    delegate, place = aliased(Registration), aliased(Place)
    return (
        select(place.id)
        .join(delegate, delegate.id == place.registration_id)
        .where(delegate.contact_id == Registration.id, delegate.address.is_(None), place.state.not_in(ENDED))
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
        Place.pool_id == place.pool_id, Place.state == "waitlisted", Place.number <= place.number
    )
    return db.session.scalar(before)


def positions(event: Event) -> dict[UUID, int]:
    """The position of each place of an event that waits, in the queue of its pool."""
    position = func.row_number().over(partition_by=Place.pool_id, order_by=Place.number)
    waiting = select(Place.id, position).join(Place.pool).where(Pool.event_id == event.id, Place.state == "waitlisted")
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
    query = (
        select(Registration)
        .join(Registration.places)
        .join(Place.pool)
        .where(Registration.event_id == event.id, Place.is_main)
        .options(contains_eager(Registration.places).contains_eager(Place.pool), joinedload(Registration.contact))
    )
    columns = [Registration.name, Registration.organisation]
    if wanted.in_addresses:
        columns += [Registration.address, Registration.typed_address]  # type: ignore[list-item]  # nullable text is text
    for word in unicodedata.normalize("NFKC", wanted.words[:200]).split():
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if wanted.pool or wanted.state:
        # Who has a place online and waits for a seat is found under both.
        any_place, its_pool = aliased(Place), aliased(Pool)
        has = select(any_place.id).join(its_pool, its_pool.id == any_place.pool_id)
        has = has.where(any_place.registration_id == Registration.id)
        if wanted.pool:
            has = has.where(its_pool.key == wanted.pool)
        if wanted.state:
            has = has.where(any_place.state == wanted.state)
        query = query.where(has.exists())
    if wanted.stakeholder_type:
        query = query.where(Registration.stakeholder_type == wanted.stakeholder_type)
    if wanted.delegation:
        contact_id = UUID(wanted.delegation)
        query = query.where(or_(Registration.contact_id == contact_id, Registration.id == contact_id))
    if wanted.state == "waitlisted":
        waiting, its_pool = aliased(Place), aliased(Pool)
        first = select(func.min(its_pool.position * 1_000_000 + waiting.number)).where(
            waiting.registration_id == Registration.id, waiting.state == "waitlisted", its_pool.id == waiting.pool_id
        )
        if wanted.pool:
            first = first.where(its_pool.key == wanted.pool)
        query = query.order_by(first.scalar_subquery(), Registration.id)
    else:
        query = query.order_by(Registration.created_at.desc(), Registration.id)
    return db.paginate(query, page=number, per_page=PAGE, error_out=False)


def count_of(event: Event) -> int:
    """How many registrations an event has, given up ones too."""
    return db.session.scalar(select(func.count(Registration.id)).where(Registration.event_id == event.id)) or 0


def all_of(event: Event) -> Iterator[tuple[Registration, Place, Pool]]:
    """All registrations of an event in the order they came, read in batches so that no list is too long for memory."""
    query = (
        select(Registration, Place, Pool)
        .join(Registration.places)
        .join(Place.pool)
        .where(Registration.event_id == event.id, Place.is_main)
        .options(joinedload(Registration.contact))
        .order_by(Registration.created_at, Registration.id)
    )
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield row[0], row[1], row[2]


def days_of(event: Event) -> Sequence[Row[date | str, int]]:
    """How many of those who hold a place or wait for one registered on each day (UTC), in order."""
    day = func.date(Registration.created_at)
    query = select(day, func.count()).join(Registration.places)
    query = query.where(Registration.event_id == event.id, Place.is_main, Place.state.not_in(ENDED))
    return db.session.execute(query.group_by(day).order_by(day)).all()
