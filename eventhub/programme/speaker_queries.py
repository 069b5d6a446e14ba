"""Finding those whom we write to about their parts, by their private link too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.people.models import Person

from .models import INTERNAL_ROLES, ProgrammeSession, SessionRole, Speaker

# Who has one of these parts has something of their own to say.
PRESENTING = ("keynote", "panellist", "presenter", "discussant")
# Before an invitation lapses, its reader is reminded; of a short time to answer, when half of it has passed.
REMINDED_BEFORE = timedelta(days=3)


def shown_parts(event: Event) -> Select[SessionRole]:
    """The confirmed parts in an event's sessions, in their order, to be asked for further.

    Nobody in a session under the Chatham House Rule, which names nobody.
    """
    return (
        select(SessionRole)
        .join(SessionRole.session)
        .where(
            ProgrammeSession.event_id == event.id,
            ProgrammeSession.state == "scheduled",
            ProgrammeSession.is_chatham_house.is_(False),
            SessionRole.state == "confirmed",
            SessionRole.person_id.is_not(None),
            SessionRole.role.not_in(INTERNAL_ROLES),
        )
        .order_by(ProgrammeSession.starts_at.asc().nulls_last(), SessionRole.position)
    )


def get_by_link(token: str) -> tuple[Actor, Speaker]:
    """Whom a private link lets act, and the speaker whose it is; raises NotFound where it opens none (any more)."""
    query = select(Speaker).where(Speaker.id == links.row_id_of(token)).options(joinedload(Speaker.person))
    found = db.session.scalar(query)
    speaker = links.opened("speaker", token, found, found.link_number if found else None)
    return Actor("link", thing_id=speaker.id, purpose="speaker"), speaker


def find_of_person(event_id: UUID, person_id: UUID) -> Speaker | None:
    """The speaker that somebody is at an event."""
    return db.session.scalar(select(Speaker).where(Speaker.event_id == event_id, Speaker.person_id == person_id))


def addresses_of(event_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Where to write to these people about an event, and in which language.

    An address that is proven theirs comes before the one that an organiser typed.
    """
    rows = db.session.execute(
        select(Person.id, Person.address, Speaker.address, Person.language)
        .outerjoin(Speaker, and_(Speaker.person_id == Person.id, Speaker.event_id == event_id))
        .where(Person.id.in_(person_ids))
    )
    found = ((person_id, own or typed, language) for person_id, own, typed, language in rows)
    return {person_id: (address, language) for person_id, address, language in found if address}


def address_of(person: Person, speaker: Speaker | None) -> str | None:
    """Where letters to somebody go: to the address that they have shown to be theirs, else to what was typed for them.

    An own address always wins: nobody leads the link of somebody who has one to themself.
    """
    return person.address or (speaker.address if speaker else None)


def zone_of(speaker: Speaker, event: Event) -> str:
    """The zone that a speaker lives by, as far as they have said it; else the venue's."""
    return speaker.zone or speaker.person.zone or event.zone


def list_concerned(event_id: UUID) -> Sequence[UUID]:
    """The ids of the people who were asked for a part in a session that takes place, or have confirmed one."""
    query = (
        select(SessionRole.person_id)
        .join(SessionRole.session)
        .where(
            ProgrammeSession.event_id == event_id,
            ProgrammeSession.state == "scheduled",
            SessionRole.person_id.is_not(None),
            SessionRole.role.not_in(INTERNAL_ROLES),
            SessionRole.state.in_(("invited", "confirmed")),
        )
        .distinct()
    )
    return [person_id for person_id in db.session.scalars(query) if person_id]


def get_named_part(event: Event, role_id: UUID) -> SessionRole:
    """The part of somebody of whom an event's programme knows a name alone; raises NotFound for any other."""
    query = select(SessionRole).join(SessionRole.session).where(SessionRole.id == role_id)
    query = query.where(SessionRole.person_id.is_(None), SessionRole.role.not_in(INTERNAL_ROLES))
    query = query.where(ProgrammeSession.event_id == event.id, ProgrammeSession.state == "scheduled")
    part = db.session.scalar(query)
    if part is None:
        raise NotFound
    return part


def list_parts(speaker: Speaker) -> Sequence[SessionRole]:
    """What a speaker was asked to do at their event, as `parts_of`."""
    return parts_of(speaker.event_id, speaker.person_id)


def parts_of(event_id: UUID, person_id: UUID) -> Sequence[SessionRole]:
    """What somebody was asked to do at an event, in the order of time; nothing of it is theirs before they were asked.

    With each part comes its session with everybody in it, since some present together.
    """
    query = (
        select(SessionRole)
        .join(SessionRole.session)
        .where(
            ProgrammeSession.event_id == event_id,
            ProgrammeSession.state != "deleted",
            SessionRole.person_id == person_id,
            SessionRole.role.not_in(INTERNAL_ROLES),
            SessionRole.state != "proposed",
        )
        .options(
            joinedload(SessionRole.session).joinedload(ProgrammeSession.room),
            joinedload(SessionRole.session).selectinload(ProgrammeSession.speakers).joinedload(SessionRole.person),
        )
        .order_by(ProgrammeSession.starts_at.asc().nulls_last(), ProgrammeSession.id, SessionRole.position)
    )
    return db.session.scalars(query).all()


def list_roles(speaker: Speaker) -> Sequence[SessionRole]:
    """All that somebody stands for on an event's programme, whether or not they were asked for it."""
    query = (
        select(SessionRole)
        .join(SessionRole.session)
        .where(ProgrammeSession.event_id == speaker.event_id, SessionRole.person_id == speaker.person_id)
        .options(joinedload(SessionRole.session))
    )
    return db.session.scalars(query).all()


def is_open(role: SessionRole) -> bool:
    """Whether a part waits for its person's answer: in a session that is called off, nobody is waited for."""
    return role.state == "invited" and role.session.state == "scheduled"


def can_change(role: SessionRole) -> bool:
    """Whether there is still something to be said about how somebody takes part."""
    session = role.session
    is_over = session.ends_at is not None and session.ends_at <= clock.now()
    return role.state in {"invited", "confirmed"} and session.state == "scheduled" and not is_over


def moving(parts: Iterable[SessionRole], mode: str, asked: SessionRole) -> list[SessionRole]:
    """The parts that may become another mode, the one asked for among them: who cannot travel to one, can to none."""
    others = {"remote": "in_person", "in_person": "remote"}
    return [part for part in parts if can_change(part) and (part is asked or part.mode == others[mode])]


def presentation_of(role: SessionRole) -> SessionRole:
    """The part whose title and abstract are what this one presents: its own, or that of whom it presents with."""
    return next((one for one in role.session.speakers if one.id == role.presents_with_id), role)


def presenting_with(role: SessionRole) -> list[SessionRole]:
    """The others who present the same."""
    shared = presentation_of(role).id
    return [one for one in role.session.speakers if one is not role and presentation_of(one).id == shared]


@dataclass(slots=True)
class Invitee:
    """Somebody whom we know on a programme: how to write to them, and how far each of their parts has come."""

    person: Person
    speaker: Speaker | None
    parts: list[SessionRole]

    @property
    def address(self) -> str | None:
        """Where letters to them go."""
        return address_of(self.person, self.speaker)

    @property
    def proposed(self) -> list[SessionRole]:
        """The parts that they have not been asked for."""
        return [part for part in self.parts if part.state == "proposed" and part.session.state == "scheduled"]

    @property
    def open(self) -> list[SessionRole]:
        """The parts for which they have not answered."""
        return [part for part in self.parts if is_open(part)]

    @property
    def has_lapsed(self) -> bool:
        """Whether the time in which they could answer is over."""
        return bool(self.open) and has_lapsed(self.speaker)


def has_lapsed(speaker: Speaker | None) -> bool:
    """Whether the time in which somebody can accept what they were asked for is over."""
    return speaker is not None and speaker.answer_by is not None and speaker.answer_by <= clock.now()


def list_invitees(event: Event, people: Iterable[UUID] | None = None) -> list[Invitee]:
    """Everybody whom we know on an event's programme, or those of these ids, by family name.

    The organisers' own contacts for a session are not among them, nor who was in sessions that are deleted.
    """
    query = (
        select(SessionRole)
        .join(SessionRole.session)
        .join(SessionRole.person)
        .where(
            ProgrammeSession.event_id == event.id,
            ProgrammeSession.state != "deleted",
            SessionRole.role.not_in(INTERNAL_ROLES),
        )
        .options(joinedload(SessionRole.session), joinedload(SessionRole.person))
        .order_by(Person.sort_key, Person.id)
        .order_by(ProgrammeSession.starts_at.asc().nulls_last(), ProgrammeSession.id, SessionRole.position)
    )
    if people is not None:
        query = query.where(SessionRole.person_id.in_(list(people)))
    speakers = {
        speaker.person_id: speaker
        for speaker in db.session.scalars(select(Speaker).where(Speaker.event_id == event.id))
    }
    found: dict[UUID, Invitee] = {}
    for role in db.session.scalars(query):
        assert role.person
        one = found.setdefault(role.person.id, Invitee(role.person, speakers.get(role.person.id), []))
        one.parts.append(role)
    return list(found.values())


def count_unanswered(event: Event) -> tuple[int, int, int]:
    """How many people on an event's programme were not asked yet, have let the time to answer pass, and still have it.

    Somebody with several parts may be in more than one of these; without a part that is open, in neither of the last.
    """
    of_event = and_(Speaker.event_id == event.id, Speaker.person_id == SessionRole.person_id)
    query = (
        select(SessionRole.person_id, SessionRole.state, Speaker.answer_by)
        .join(SessionRole.session)
        .outerjoin(Speaker, of_event)
        .where(
            ProgrammeSession.event_id == event.id,
            ProgrammeSession.state == "scheduled",
            SessionRole.role.not_in(INTERNAL_ROLES),
            SessionRole.person_id.is_not(None),
            SessionRole.state.in_(("proposed", "invited")),
        )
        .distinct()
    )
    rows, now = db.session.execute(query).all(), clock.now()
    proposed = sum(1 for _, state, _ in rows if state == "proposed")
    lapsed = sum(1 for _, state, until in rows if state == "invited" and until is not None and until <= now)
    return proposed, lapsed, len(rows) - proposed - lapsed


def get_invitee(event: Event, person_id: UUID) -> Invitee:
    """Somebody whom we know on an event's programme; raises NotFound alike for whoever is not on it."""
    found = list_invitees(event, [person_id])
    if not found:
        raise NotFound
    return found[0]


def list_due(moment: datetime) -> dict[UUID, list[UUID]]:
    """Whom to remind now, by event: they have not answered, and their invitation will soon lapse."""
    query = (
        select(Speaker)
        .join(Event, Event.id == Speaker.event_id)
        .where(
            Speaker.reminded_at.is_(None),
            Speaker.answer_by > moment,
            Speaker.answer_by <= moment + REMINDED_BEFORE,
            Event.status.in_(("draft", "published")),
            select(SessionRole.id)
            .join(SessionRole.session)
            .where(
                ProgrammeSession.event_id == Speaker.event_id,
                ProgrammeSession.state == "scheduled",
                SessionRole.person_id == Speaker.person_id,
                SessionRole.state == "invited",
            )
            .exists(),
        )
    )
    due: dict[UUID, list[UUID]] = {}
    for speaker in db.session.scalars(query):
        assert speaker.answer_by
        asked_at = speaker.invited_at or speaker.created_at
        if moment >= speaker.answer_by - min(REMINDED_BEFORE, (speaker.answer_by - asked_at) / 2):
            due.setdefault(speaker.event_id, []).append(speaker.person_id)
    return due


def list_of_address(address: str) -> Sequence[Row[Speaker, Event]]:
    """The speakers to whom we write at a normalised address, with their events that take place, the latest first."""
    is_theirs = or_(Person.address == address, and_(Person.address.is_(None), Speaker.address == address))
    query = (
        select(Speaker, Event)
        .join(Speaker.person)
        .join(Event, Event.id == Speaker.event_id)
        .where(is_theirs, Speaker.invited_at.is_not(None), Event.status != "cancelled")
        .options(contains_eager(Speaker.person))
        .order_by(Event.starts_at.desc().nulls_first(), Speaker.id)
    )
    return db.session.execute(query).all()
