"""Finding what stands on one day of a programme, without looking at its other days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload, load_only, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.people.models import Person

from .models import ProgrammeSession, SessionRole, Speaker, Step

# An event of more days is a study tour of months; its days without a session are one address away.
MOST_DAYS = 31


def with_people() -> tuple[ORMOption, ...]:
    """What a query for sessions asks along, where their tracks and people are shown; no long texts."""
    people = joinedload(SessionRole.person).load_only(Person.names, Person.zone)
    return (
        defer(ProgrammeSession.abstract),
        joinedload(ProgrammeSession.track),
        selectinload(ProgrammeSession.speakers).options(
            load_only(SessionRole.person_id, SessionRole.role, SessionRole.mode, SessionRole.name), people
        ),
    )


def list_touching(
    event: Event, first: date, last: date | None = None, *options: ORMOption
) -> Sequence[ProgrammeSession]:
    """The sessions that take place on the day, or on one of the days, in the order of time; not the deleted ones.

    A session across midnight stands on both of its days.
    """
    begin, end = (datetime.combine(day, time.min) for day in (first, (last or first) + timedelta(days=1)))
    query = select(ProgrammeSession).where(
        ProgrammeSession.event_id == event.id,
        ProgrammeSession.state != "deleted",
        ProgrammeSession.starts_at < clock.instant(end, event.zone),
        ProgrammeSession.ends_at > clock.instant(begin, event.zone),
    )
    return db.session.scalars(
        query.options(*options).order_by(ProgrammeSession.starts_at, ProgrammeSession.ends_at, ProgrammeSession.id)
    ).all()


def list_tray(event: Event) -> Sequence[ProgrammeSession]:
    """The sessions without hours, the oldest first; neither cancelled nor deleted ones."""
    query = select(ProgrammeSession).where(
        ProgrammeSession.event_id == event.id,
        ProgrammeSession.state == "scheduled",
        ProgrammeSession.starts_at.is_(None),
    )
    return db.session.scalars(
        query.options(*with_people()).order_by(ProgrammeSession.created_at, ProgrammeSession.id)
    ).all()


def list_sessions(event: Event, session_ids: Collection[UUID]) -> Sequence[ProgrammeSession]:
    """The sessions of these ids, with their people."""
    query = select(ProgrammeSession).where(ProgrammeSession.event_id == event.id, ProgrammeSession.id.in_(session_ids))
    return db.session.scalars(query.options(*with_people()).order_by(ProgrammeSession.starts_at)).all()


def count_by_day(event: Event) -> dict[date, int]:
    """The days of the event and those on which its sessions begin, in their order, each with how many begin."""
    begins = func.date(ProgrammeSession.starts)
    query = (
        select(begins, func.count())
        .where(ProgrammeSession.event_id == event.id, ProgrammeSession.state != "deleted")
        .where(ProgrammeSession.starts.is_not(None))
        .group_by(begins)
    )
    # PostgreSQL says a day, SQLite how it is written.
    counts = {date.fromisoformat(str(day)): count for day, count in db.session.execute(query)}
    first, last = event.day(), event.last_day()
    own = range((last - first).days + 1) if first and last else range(0)
    days = {first + timedelta(days=number) for number in own[:MOST_DAYS] if first}
    return {day: counts.get(day, 0) for day in sorted(days | counts.keys())}


def list_speakers(event: Event, person_ids: Collection[UUID]) -> Sequence[Speaker]:
    """What these people have told about themselves as speakers of the event: their zones and when they can."""
    return db.session.scalars(
        select(Speaker).where(Speaker.event_id == event.id, Speaker.person_id.in_(person_ids))
    ).all()


def count_steps(actor: Actor, event: Event) -> tuple[int, int]:
    """How many steps the actor can undo in the event's programme, and how many they can do again."""
    query = (
        select(Step.is_undone, func.count())
        .where(Step.event_id == event.id, Step.person_id == actor.person_id)
        .group_by(Step.is_undone)
    )
    counts = {row[0]: row[1] for row in db.session.execute(query)}
    return counts.get(False, 0), counts.get(True, 0)
