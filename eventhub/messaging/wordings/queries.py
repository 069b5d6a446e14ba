"""Finding the words of letters, and who changed them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import contains_eager

from eventhub.events.models import Event, Series
from eventhub.foundation import clock
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.i18n import language
from eventhub.messaging.notices.models import ChangeNotice
from eventhub.people.models import Person
from eventhub.programme.models import Speaker
from eventhub.registrations.models import EventInvitation, Place, Registration
from eventhub.registrations.series.models import SeriesRegistration

from .models import Wording
from .occasions import readers_of

MOST_OFFERED = 50
# So many events of an organisation are looked through for somebody to whom a letter might go.
_MOST_EVENTS = 30
_MOST_NOTICES = 10
_FACTS = ("WordingSaved", "WordingReset")


def find(scope_id: UUID, occasion: str) -> Wording | None:
    """The words that an event, or an organisation, has for an occasion."""
    return db.session.scalar(select(Wording).where(Wording.scope_id == scope_id, Wording.occasion == occasion))


def in_force(organisation_id: UUID, event_id: UUID | None, occasion: str) -> list[Wording]:
    """The words for an occasion, those of the event, where it is about one, before those of the organisation."""
    query = select(Wording).where(Wording.scope_id.in_((event_id, organisation_id)))
    rows = db.session.scalars(query.where(Wording.occasion == occasion)).all()
    return sorted(rows, key=lambda row: row.event_id is None)


def list_of(*scope_ids: UUID) -> dict[UUID, dict[str, Wording]]:
    """All words of some events and organisations, by occasion."""
    found: dict[UUID, dict[str, Wording]] = {one: {} for one in scope_ids}
    for row in db.session.scalars(select(Wording).where(Wording.scope_id.in_(scope_ids))):
        found[row.scope_id][row.occasion] = row
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed the words of a letter, when, and in which languages they have words since; none: ours."""

    name: str
    moment: datetime
    languages: Sequence[str]


def list_changes(scope_id: UUID, event_id: UUID | None, occasion: str) -> list[Change]:
    """The latest changes to the words for an occasion, the newest first."""
    query = (
        select(AuditEntry, Person)
        .outerjoin(Person, Person.id == AuditEntry.actor_person_id)
        .where(AuditEntry.fact.in_(_FACTS), AuditEntry.event_id == event_id)
        .where(AuditEntry.data["scope_id"].as_string() == str(scope_id))
        .where(AuditEntry.data["occasion"].as_string() == occasion)
        .order_by(AuditEntry.created_at.desc())
        .limit(20)
    )
    return [
        Change(str(person.names.in_(language())) if person else "", entry.created_at, entry.data.get("languages", ()))
        for entry, person in db.session.execute(query)
    ]


def list_events_without(organisation_id: UUID, occasion: str) -> Sequence[Event]:
    """Events of an organisation that have no words of their own for an occasion: the next ones, then the latest."""
    has_own = exists().where(Wording.scope_id == Event.id, Wording.occasion == occasion)
    mine = select(Event).where(
        Event.organisation_id == organisation_id, Event.status.in_(("published", "postponed")), ~has_own
    )
    now, start = clock.now(), Event.starts_at
    coming = db.session.scalars(mine.where(start >= now).order_by(start, Event.id).limit(_MOST_EVENTS)).all()
    past = mine.where(or_(start < now, start.is_(None))).order_by(start.desc().nulls_last(), Event.id)
    return [*coming, *db.session.scalars(past.limit(_MOST_EVENTS))]


def list_readers_of_series(organisation_id: UUID) -> list[tuple[UUID, str]]:
    """Some who registered for a series of an organisation, by id and name, the latest first."""
    query = (
        select(SeriesRegistration.id, SeriesRegistration.name)
        .join(SeriesRegistration.series)
        .where(Series.organisation_id == organisation_id)
        .order_by(SeriesRegistration.created_at.desc(), SeriesRegistration.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query.limit(MOST_OFFERED))]


def first_series(organisation_id: UUID) -> UUID | None:
    """The id of a series of an organisation that has events, the latest one, if there is any."""
    query = select(Series.id).where(Series.organisation_id == organisation_id)
    query = query.where(exists().where(Event.series_id == Series.id))
    return db.session.scalar(query.order_by(Series.created_at.desc(), Series.id).limit(1))


def last_notice(event: Event, has: Callable[[ChangeNotice], bool]) -> ChangeNotice | None:
    """The latest notice of changes of an event that has something, among the last few."""
    query = select(ChangeNotice).where(ChangeNotice.event_id == event.id).order_by(ChangeNotice.created_at.desc())
    return next(filter(has, db.session.scalars(query.limit(_MOST_NOTICES))), None)


def list_readers(event: Event, occasion: str, state: str = "") -> list[tuple[UUID, str]]:
    """Some to whom the letter might go, by id and name: those of whom it would be true come first."""
    readers = readers_of(occasion)
    if readers == "speakers":
        speakers = select(Speaker).join(Speaker.person).where(Speaker.event_id == event.id)
        speakers = speakers.options(contains_eager(Speaker.person))
        rows = db.session.scalars(speakers.order_by(Person.sort_key, Speaker.id).limit(MOST_OFFERED))
        return [(one.id, str(one.person.names.in_(one.person.language))) for one in rows]
    if readers == "guests":
        guests = select(EventInvitation.id, EventInvitation.name)
        guests = guests.where(EventInvitation.event_id == event.id, EventInvitation.address != "")
        found = db.session.execute(guests.order_by(EventInvitation.created_at.desc()).limit(MOST_OFFERED))
        return [(row[0], row[1]) for row in found]
    registrants = (
        select(Registration.id, Registration.name)
        .join(Registration.places)
        .where(Registration.event_id == event.id, Registration.erased_at.is_(None))
        .where(Place.is_main, or_(Registration.address.is_not(None), Registration.contact_id.is_not(None)))
        .order_by((Place.state == state).desc(), Registration.created_at.desc(), Registration.id)
        .limit(MOST_OFFERED)
    )
    return [(row[0], row[1]) for row in db.session.execute(registrants)]
