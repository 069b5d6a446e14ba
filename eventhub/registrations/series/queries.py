"""Finding registrations for series, and what of a series is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from eventhub.events import queries as events
from eventhub.events.models import Event, Series
from eventhub.foundation import clock, links
from eventhub.foundation.actor import VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.zones import zone_of_country
from eventhub.registrations import policy as single
from eventhub.registrations.forms import to_choose
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.queries import Seats, all_seats
from eventhub.registrations.questions.models import Question
from eventhub.registrations.questions.queries import asked

from .models import SeriesEntry, SeriesRegistration
from .policy import LINK


@dataclass(frozen=True, slots=True)
class Choice:
    """An event for which somebody can register now, and the pools among which they choose."""

    event: Event
    seats: Sequence[Seats]

    @property
    def has_begun(self) -> bool:
        """Whether it is under way."""
        return self.event.starts_at is not None and self.event.starts_at <= clock.now()

    @property
    def is_full(self) -> bool:
        """Whether a newcomer waits, whichever pool they choose."""
        return all(one.is_full for one in self.seats)


def choices_among(actor: Actor, found: Iterable[Event]) -> list[Choice]:
    """Those of some events for which the actor can register now: one question, however many they are."""
    open_ones = [event for event in found if single.may_register(actor, event)]
    seats = defaultdict[UUID, list[Seats]](list)
    for one in all_seats([event.id for event in open_ones]):
        seats[one.pool.event_id].append(one)
    found_seats = [Choice(event, to_choose(seats[event.id])) for event in open_ones]
    return [choice for choice in found_seats if choice.seats]


def list_own(series: Series, actor: Actor = VISITOR) -> list[Event]:
    """The events that belong to a series, as its page shows them; one that is only listed in it is another's."""
    return [event for event in events.list_of_series(series, actor) if event.series_id == series.id]


def questions_of(found: Collection[Event]) -> dict[UUID, list[Question]]:
    """What is asked now of those who register for some events, by the event; those that ask nothing are left out."""
    query = select(Question).where(Question.event_id.in_([event.id for event in found]))
    by_event = defaultdict[UUID, list[Question]](list)
    for question in db.session.scalars(query.order_by(Question.position, Question.id)) if found else ():
        by_event[question.event_id].append(question)
    wanted = {event.id: asked(event, by_event[event.id]) for event in found if event.id in by_event}
    return {event_id: questions for event_id, questions in wanted.items() if questions}


def find(series_id: UUID, address: str, *, lock: bool = False) -> SeriesRegistration | None:
    """The registration of a normalised address for a series."""
    query = select(SeriesRegistration).where(
        SeriesRegistration.series_id == series_id, SeriesRegistration.address == address
    )
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalar(query)


def get_by_link(token: str) -> SeriesRegistration:
    """The one whose private link this is; raises NotFound alike, and after as long, for any that is not."""
    found = db.session.scalar(
        select(SeriesRegistration)
        .where(SeriesRegistration.id == links.row_id_of(token))
        .options(
            joinedload(SeriesRegistration.series).joinedload(Series.organisation),
            selectinload(SeriesRegistration.entries),
        )
    )
    return links.opened(LINK, token, found, found.link_number if found else None)


def list_registrations(registration: SeriesRegistration) -> list[Registration]:
    """What is registered under its address for events of the series, or for some that were in it, in their order."""
    entries = select(SeriesEntry.event_id).where(SeriesEntry.series_registration_id == registration.id)
    query = (
        select(Registration)
        .join(Registration.event)
        .where(Registration.address == registration.address)
        .where((Event.series_id == registration.series_id) | Event.id.in_(entries))
        .options(
            contains_eager(Registration.event).options(joinedload(Event.organisation), selectinload(Event.partners)),
            selectinload(Registration.places).joinedload(Place.pool),
        )
        .order_by(Event.starts_at.asc().nulls_last(), Event.id)
    )
    return list(db.session.scalars(query).unique())


def zone_of(registration: SeriesRegistration) -> str | None:
    """The zone in which its person reads hours: the one that they chose, else their country's where it has but one."""
    return registration.zone or zone_of_country(registration.country or "")


def list_of_address(address: str) -> Sequence[SeriesRegistration]:
    """All registrations for series of a normalised address."""
    query = select(SeriesRegistration).where(SeriesRegistration.address == address)
    query = query.options(joinedload(SeriesRegistration.series)).order_by(SeriesRegistration.created_at)
    return db.session.scalars(query).all()


def list_coming(found: Iterable[SeriesRegistration]) -> list[SeriesRegistration]:
    """Those of some registrations for series of which something is to come, or is wanted."""
    return [
        one
        for one in found
        if one.wants_all or any(row.live and not row.event.is_over() for row in list_registrations(one))
    ]


def positions_of(places: Iterable[Place]) -> dict[UUID, int]:
    """The position of each of some places that wait, in the queue of its pool: one question, however many they are."""
    waiting = [place.id for place in places if place.state == "waitlisted"]
    if not waiting:
        return {}
    pools = select(Place.pool_id).where(Place.id.in_(waiting))
    position = func.row_number().over(partition_by=Place.pool_id, order_by=Place.number).label("position")
    queue = select(Place.id, position).where(Place.state == "waitlisted", Place.pool_id.in_(pools)).subquery()
    return {row[0]: row[1] for row in db.session.execute(select(queue).where(queue.c.id.in_(waiting)))}


def pools_by_key(event_ids: Collection[UUID]) -> dict[tuple[UUID, str], Pool]:
    """The pools of some events, but none of those that only who is invited knows of, by event and key."""
    query = select(Pool).where(Pool.event_id.in_(event_ids), Pool.admission != "invitation")
    return {(pool.event_id, pool.key): pool for pool in db.session.scalars(query)}
