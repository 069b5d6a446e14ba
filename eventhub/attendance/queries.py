"""Finding doors, and who came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from eventhub.events.models import Event
from eventhub.foundation import links
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.programme.models import INTERNAL_KINDS, ProgrammeSession
from eventhub.registrations.models import Place, Pool

from .models import ONLINE, Arrival, Door

# A transaction may take so long from its moment to its commit; what is told twice does no harm.
_OVERLAP = timedelta(seconds=10)


def get_door_by_link(token: str) -> Door:
    """The door whose link this is, as long as it admits; raises NotFound alike, and after as long, for any other.

    Whoever has the right link of one that has closed by itself is told so.
    """
    found = db.session.scalar(select(Door).where(Door.id == links.row_id_of(token)).options(joinedload(Door.event)))
    door = links.opened("door", token, found, found.link_number if found else None)
    if not door.is_open:
        raise NotFound(
            gettext("This door closed by itself a week after the event. Nobody can be checked in here any more.")
        )
    return door


def list_doors(event: Event) -> Sequence[Door]:
    """The devices of an event, those that are admitted first."""
    query = select(Door).where(Door.event_id == event.id)
    return db.session.scalars(query.order_by(Door.revoked_at.is_not(None), Door.created_at, Door.id)).all()


def get_door(event: Event, door_id: UUID) -> Door:
    """A device, if it is one of this event; raises NotFound."""
    found = db.session.get(Door, door_id)
    if found is None or found.event_id != event.id:
        raise NotFound
    return found


def counting(who_id: UUID, where_id: UUID) -> Arrival | None:
    """The arrival by which somebody came, to an event or a session."""
    return db.session.scalar(
        select(Arrival).where(
            Arrival.who_id == who_id,
            Arrival.where_id == where_id,
            Arrival.undone_at.is_(None),
            Arrival.is_repeat.is_(False),
        )
    )


def counting_of(people: Sequence[UUID], where_id: UUID) -> dict[UUID, Arrival]:
    """The arrivals by which these people came, to an event or a session, by whose they are."""
    query = select(Arrival).where(
        Arrival.who_id.in_(people),
        Arrival.where_id == where_id,
        Arrival.undone_at.is_(None),
        Arrival.is_repeat.is_(False),
    )
    return {arrival.who_id: arrival for arrival in db.session.scalars(query)}


def list_sessions(event: Event) -> Sequence[ProgrammeSession]:
    """The sessions that people can be checked in to, in the order of time."""
    query = (
        select(ProgrammeSession)
        .where(ProgrammeSession.event_id == event.id, ProgrammeSession.state == "scheduled")
        .where(ProgrammeSession.kind.not_in((*INTERNAL_KINDS, "break")))
    )
    return db.session.scalars(query.order_by(ProgrammeSession.starts_at.asc().nulls_last(), ProgrammeSession.id)).all()


def list_pools(event: Event) -> Sequence[Pool]:
    """The pools of an event, in their order."""
    return db.session.scalars(select(Pool).where(Pool.event_id == event.id).order_by(Pool.position, Pool.key)).all()


def pool_keys(event: Event) -> set[str]:
    """The keys of an event's pools."""
    return {pool.key for pool in list_pools(event)}


def list_changes(event: Event, since: datetime | None) -> Sequence[Arrival]:
    """The arrivals that are new since a moment, undone and repeated ones too; without one, all that count."""
    query = select(Arrival).where(Arrival.event_id == event.id)
    if since is None:
        query = query.where(Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False))
    else:
        query = query.where(Arrival.changed_at > since - _OVERLAP)
    return db.session.scalars(query.order_by(Arrival.changed_at, Arrival.id)).all()


def list_latest(event: Event, where_id: UUID, most: int = 10) -> Sequence[Arrival]:
    """Who came last, to an event or a session."""
    query = (
        select(Arrival)
        .where(Arrival.event_id == event.id, Arrival.where_id == where_id)
        .where(Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False))
        .options(joinedload(Arrival.registration), joinedload(Arrival.walk_in))
    )
    return db.session.scalars(query.order_by(Arrival.made_at.desc(), Arrival.id).limit(most)).all()


@dataclass(frozen=True, slots=True)
class Count:
    """How many have a place, and how many of them came."""

    expected: int
    came: int

    @property
    def not_yet(self) -> int:
        """How many have not come."""
        return max(0, self.expected - self.came)


def count_by_pool(event: Event) -> list[tuple[Pool, Count]]:
    """Of each pool in which somebody has a place: how many have one, and how many came to any part of the event."""
    came = select(Arrival.registration_id).where(
        Arrival.event_id == event.id, Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False)
    )
    query = (
        select(Pool, func.count(), func.count().filter(Place.registration_id.in_(came)))
        .join(Place, Place.pool_id == Pool.id)
        .where(Pool.event_id == event.id, Place.state == "confirmed")
        .group_by(Pool.id)
        .order_by(Pool.position, Pool.key)
    )
    # Nobody waits at a door for those who take part online.
    rows = [row for row in db.session.execute(query) if row[0].mode != ONLINE or row[2]]
    return [(pool, Count(expected, seen)) for pool, expected, seen in rows]


def count_walk_ins(event: Event) -> int:
    """How many came without a registration."""
    query = select(func.count(func.distinct(Arrival.walk_in_id))).where(
        Arrival.event_id == event.id, Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False)
    )
    return db.session.scalar(query) or 0


def count_by_place(event: Event) -> dict[UUID, int]:
    """How many came, by the id of the session or of the event."""
    query = (
        select(Arrival.where_id, func.count())
        .where(Arrival.event_id == event.id, Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False))
        .group_by(Arrival.where_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def count_expected(event: Event) -> int:
    """How many are awaited at the doors."""
    query = select(func.count(func.distinct(Place.registration_id))).join(Place.pool)
    query = query.where(Pool.event_id == event.id, Pool.mode != ONLINE, Place.state == "confirmed")
    return db.session.scalar(query) or 0


def came_at(event: Event) -> dict[UUID, datetime]:
    """When each person, registered or not, was first seen."""
    query = (
        select(Arrival.who_id, func.min(Arrival.made_at))
        .where(Arrival.event_id == event.id, Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False))
        .group_by(Arrival.who_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def list_repeats(event: Event, most: int = 50) -> Sequence[Arrival]:
    """Who was let in once more, the latest first: a ticket may have been passed on."""
    query = (
        select(Arrival)
        .where(Arrival.event_id == event.id, Arrival.undone_at.is_(None), Arrival.is_repeat.is_(True))
        .options(joinedload(Arrival.registration), joinedload(Arrival.walk_in), joinedload(Arrival.session))
    )
    return db.session.scalars(query.order_by(Arrival.made_at.desc(), Arrival.id).limit(most)).all()


def arrivals_of(event: Event, people: Sequence[UUID]) -> dict[UUID, list[Arrival]]:
    """By whom, the arrivals that count: at the event's door and at its sessions, in the order of time."""
    query = (
        select(Arrival)
        .where(Arrival.event_id == event.id, Arrival.who_id.in_(people))
        .where(Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False))
        .options(joinedload(Arrival.session))
        .order_by(Arrival.made_at, Arrival.id)
    )
    found: dict[UUID, list[Arrival]] = {}
    for arrival in db.session.scalars(query):
        found.setdefault(arrival.who_id, []).append(arrival)
    return found
