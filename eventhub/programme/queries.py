"""Finding sessions and the people in them, for those who lay out a programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import load_only, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from eventhub.events.models import Event
from eventhub.events.policy import EDITORS
from eventhub.events.queries import run_by
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import Translated
from eventhub.people.models import Person

from .models import Programme, ProgrammeSession, Room, SessionRole, Speaker, Track

Part = TypeVar("Part", ProgrammeSession, Room, Track)
# More people than this are not offered in one list.
OFFERED = 300


_IN_TIME = ProgrammeSession.starts_at.asc().nulls_first(), ProgrammeSession.id


def list_sessions(event: Event, *options: ORMOption) -> Sequence[ProgrammeSession]:
    """All sessions of an event, deleted ones too, in the order of time; those without hours come first."""
    query = (
        select(ProgrammeSession)
        .where(ProgrammeSession.event_id == event.id)
        # Each room and each person once, and not with every session that they are in.
        .options(
            selectinload(ProgrammeSession.room),
            selectinload(ProgrammeSession.track),
            selectinload(ProgrammeSession.speakers).selectinload(SessionRole.person),
        )
    )
    return db.session.scalars(query.options(*options).order_by(*_IN_TIME)).all()


def list_titles(event: Event) -> Sequence[ProgrammeSession]:
    """The sessions of an event that are not deleted, in the order of time, read for their titles alone."""
    query = select(ProgrammeSession).options(load_only(ProgrammeSession.title))
    kept = query.where(ProgrammeSession.event_id == event.id, ProgrammeSession.state != "deleted")
    return db.session.scalars(kept.order_by(*_IN_TIME)).all()


def has_scheduled(event: Event) -> bool:
    """Whether a session of the draft takes place at hours that are known."""
    query = select(ProgrammeSession.id).where(ProgrammeSession.event_id == event.id)
    held = query.where(ProgrammeSession.state == "scheduled", ProgrammeSession.starts.is_not(None))
    return db.session.scalar(held.limit(1)) is not None


def list_scheduled(event: Event) -> Sequence[Row[str, bool, Translated, Translated]]:
    """Of each session that takes place its kind, whether it has no hours yet, its title and its abstract."""
    query = select(
        ProgrammeSession.kind, ProgrammeSession.starts.is_(None), ProgrammeSession.title, ProgrammeSession.abstract
    )
    return db.session.execute(
        query.where(ProgrammeSession.event_id == event.id, ProgrammeSession.state == "scheduled")
    ).all()


def get_part(event: Event, model: type[Part], part_id: UUID) -> Part:
    """The session, room or track of an id, if it is in this event; raises NotFound alike where it is another's."""
    part = db.session.get(model, part_id)
    if part is None or part.event_id != event.id:
        raise NotFound
    return part


def list_rooms(event: Event) -> Sequence[Room]:
    """The rooms of an event, in their order."""
    return db.session.scalars(
        select(Room).where(Room.event_id == event.id).order_by(Room.position, Room.created_at)
    ).all()


def list_tracks(event: Event) -> Sequence[Track]:
    """The tracks of an event, in their order."""
    return db.session.scalars(
        select(Track).where(Track.event_id == event.id).order_by(Track.position, Track.created_at)
    ).all()


def find_programme(event: Event) -> Programme | None:
    """How an event's programme is kept, if its organisers have settled anything of it."""
    return db.session.scalar(select(Programme).where(Programme.event_id == event.id))


def known_to(actor: Actor) -> ColumnElement[bool]:
    """The condition for people whom the actor knows: by their own organisation, or through an event that it runs."""
    met = (
        select(SessionRole.person_id)
        .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
        .join(Event, Event.id == ProgrammeSession.event_id)
        .where(run_by(actor), SessionRole.person_id.is_not(None))
    )
    return or_(Person.known_to.in_(actor.organisations(*EDITORS)), Person.id.in_(met))


def list_known_people(actor: Actor, also: Sequence[UUID] = ()) -> Sequence[Person]:
    """The people whom the actor knows, and those of these ids, by family name."""
    query = select(Person).where(known_to(actor)).order_by(Person.sort_key, Person.id).limit(OFFERED)
    rows = list(db.session.scalars(query))
    if missing := set(also) - {row.id for row in rows}:
        rows += db.session.scalars(select(Person).where(Person.id.in_(missing)))
    return rows


def search_known_people(actor: Actor, words: str) -> list[Person]:
    """The first people whom the actor knows whose names or affiliation hold all these words, by family name."""
    wanted = words[:200].casefold().split()
    known = db.session.scalars(select(Person).where(known_to(actor)).order_by(Person.sort_key, Person.id))
    found = (person for person in known if all(word in _spelt(person) for word in wanted))
    return list(islice(found, OFFERED))


def _spelt(person: Person) -> str:
    names = person.names
    texts = (names.latin, names.han, names.pinyin, *person.affiliation.texts.values())
    return " ".join(texts).casefold()


def get_known_person(actor: Actor, person_id: UUID) -> Person:
    """The person of an id, if the actor knows them; raises NotFound alike where they do not."""
    person = db.session.scalar(select(Person).where(Person.id == person_id, known_to(actor)))
    if person is None:
        raise NotFound
    return person


def is_expected(event_id: UUID, person_id: UUID) -> bool:
    """Whether somebody still has a part in the room in a session that takes place."""
    query = (
        select(SessionRole.id)
        .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
        .where(ProgrammeSession.event_id == event_id, ProgrammeSession.state == "scheduled")
        .where(SessionRole.person_id == person_id, SessionRole.mode == "in_person")
        .where(SessionRole.state.not_in(("declined", "withdrawn")))
    )
    return db.session.scalar(query.limit(1)) is not None


def list_asked(event_id: UUID) -> set[UUID]:
    """The people who have been invited to speak at an event: that they have confirmed is their own answer."""
    query = select(Speaker.person_id).where(Speaker.event_id == event_id, Speaker.invited_at.is_not(None))
    return set(db.session.scalars(query))


def is_known(actor: Actor, person_id: UUID) -> bool:
    """Whether the actor knows a person."""
    return db.session.scalar(select(Person.id).where(Person.id == person_id, known_to(actor))) is not None


@dataclass(slots=True)
class Appearances:
    """Somebody on a programme, and what they do in which of its sessions."""

    role: SessionRole
    sessions: list[tuple[ProgrammeSession, SessionRole]]


def appearances(sessions: Sequence[ProgrammeSession]) -> list[Appearances]:
    """Everybody in these sessions: people we know by family name, then those who are not named yet."""
    found: dict[object, Appearances] = {}
    for session in sessions:
        for role in session.speakers:
            key = role.person_id or (role.name.in_("en"), role.affiliation.in_("en"))
            found.setdefault(key, Appearances(role, [])).sessions.append((session, role))
    return sorted(found.values(), key=lambda one: (one.role.person is None, _sort_key(one.role)))


def _sort_key(role: SessionRole) -> str:
    return role.person.sort_key if role.person else role.name.in_("en").casefold()


def room_capacities(event_id: UUID) -> dict[UUID, int | None]:
    """How many people each room of an event holds, by its id; none is no limit."""
    rows = db.session.execute(select(Room.id, Room.capacity).where(Room.event_id == event_id))
    return {row[0]: row[1] for row in rows}


def count_with_sign_up(event_id: UUID, besides: Sequence[UUID]) -> int:
    """For how many sessions of the draft, besides these, participants are to sign up."""
    query = select(func.count(ProgrammeSession.id)).where(
        ProgrammeSession.event_id == event_id,
        ProgrammeSession.state == "scheduled",
        ProgrammeSession.has_sign_up,
        ProgrammeSession.id.not_in(besides),
    )
    return db.session.scalar(query) or 0
