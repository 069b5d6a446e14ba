"""What conflicts are looked for in: the draft of a programme, and where its people are meanwhile.

It is read by columns: whoever moves a session waits until all that this leads to is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, or_, select

from eventhub.events.models import Event, Partner
from eventhub.events.policy import STAFF
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.people.models import Person
from eventhub.people.names import Names

from .models import AcceptedConflict, ProgrammeSession, Room, SessionRole, Speaker
from .settings import settings_of
from .stretches import Stretch, join, parse

# Who has declined or withdrawn will be nowhere.
COMING = ("proposed", "invited", "confirmed")


@dataclass(frozen=True, slots=True)
class HeldRoom:
    """A room in which sessions are held; `availability` are instants, and none means always."""

    id: UUID
    name: Translated
    capacity: int | None
    availability: Sequence[Stretch]
    account: str


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person on a programme, or whoever a label says.

    `id` is the person's, or else that of their one part, so that two labels are never taken for one person. `zone`
    is their own, where it is known; `availability` are instants, and none means always.
    """

    id: UUID
    names: Names | None
    label: Translated
    zone: str | None
    availability: Sequence[Stretch] = ()

    def name_in(self, lang: str) -> str:
        """The name as a reader of the language knows it."""
        return self.names.in_(lang) if self.names else str(self.label.in_(lang))


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody does in a session, how, and how far they have come to it."""

    id: UUID
    role: str
    mode: str
    state: str
    somebody: Somebody

    @property
    def is_coming(self) -> bool:
        """Whether they have not said no, as far as that was asked."""
        return self.state in COMING

    @property
    def is_present(self) -> bool:
        """Whether it takes them there at its hours; a recording needs nobody."""
        return self.is_coming and self.mode != "recorded"


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Another event of the same network, in which somebody has a part as well."""

    slug: str
    title: Translated


@dataclass(frozen=True, slots=True)
class Held:
    """A session that takes place, its hours as instants; `event` is another than the one whose conflicts are found."""

    id: UUID
    title: Translated
    hours: Stretch | None
    kind: str = ""
    room: HeldRoom | None = None
    capacity: int | None = None
    signed_up: int = 0
    interpretation: Sequence[str] = ()
    parts: Sequence[Part] = ()
    event: OtherEvent | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """The sessions that take place, where their people are elsewhere, and the time that changing and testing take."""

    sessions: Sequence[Held]
    elsewhere: Mapping[UUID, Sequence[Held]]
    change: timedelta
    test: timedelta


_SESSION = select(
    ProgrammeSession.id,
    ProgrammeSession.title,
    ProgrammeSession.starts_at,
    ProgrammeSession.ends_at,
    ProgrammeSession.kind,
    ProgrammeSession.room_id,
    ProgrammeSession.capacity,
    ProgrammeSession.signed_up,
    ProgrammeSession.interpretation,
)
_PART = select(
    SessionRole.session_id,
    SessionRole.id,
    SessionRole.role,
    SessionRole.mode,
    SessionRole.state,
    SessionRole.person_id,
    # What a person is called stands elsewhere; reading their label as well would cost as much as all the rest.
    case((SessionRole.person_id.is_(None), SessionRole.name)),
).join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
_ROOM = select(Room.id, Room.name, Room.capacity, Room.availability, Room.meeting_account)
_PERSON = select(Person.id, Person.names, Person.zone, Speaker.zone, Speaker.availability)
_ELSEWHERE = (
    select(
        SessionRole.person_id,
        ProgrammeSession.id,
        ProgrammeSession.title,
        ProgrammeSession.starts_at,
        ProgrammeSession.ends_at,
        Event.slug,
        Event.title,
    )
    .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
    .join(Event, Event.id == ProgrammeSession.event_id)
    .where(Event.status != "cancelled", ProgrammeSession.state == "scheduled")
    .where(SessionRole.state.in_(COMING), SessionRole.mode != "recorded")
)


def read_draft(event: Event, window: Stretch | None = None, actor: Actor | None = None) -> Draft:
    """The draft of a programme, or of it what falls into a window and what comes so shortly before that it matters.

    Of other events only those are read of which whoever reads may be told: `actor`, or else all who run this one.
    """
    change, test = needed_times(event)
    wanted = and_(ProgrammeSession.event_id == event.id, ProgrammeSession.state == "scheduled")
    if window is not None:
        wanted = and_(wanted, _meets(window.starts - max(change, test), window.ends))
    rows = db.session.execute(_SESSION.where(wanted)).all()
    if window is not None:
        # All earlier days were looked through for what is not over yet; what follows begins with what was found.
        earliest = min((row.starts_at for row in rows if row.starts_at), default=window.ends)
        wanted = and_(wanted, ProgrammeSession.starts_at >= earliest)
    people = select(SessionRole.person_id).join(ProgrammeSession).where(wanted, SessionRole.person_id.is_not(None))
    parts, rooms = _parts(event, wanted, people), _rooms(event)
    sessions = [
        Held(
            id_, title, _hours(starts, ends), kind, rooms.get(room_id), capacity, signed_up, interpretation, parts[id_]
        )
        for id_, title, starts, ends, kind, room_id, capacity, signed_up, interpretation in rows
    ]
    return Draft(sessions, _elsewhere(event, sessions, people, change, actor), change, test)


def needed_times(event: Event) -> tuple[timedelta, timedelta]:
    """The time that it takes to change rooms at an event, and to test a connection."""
    kept, _ = settings_of(event)
    return timedelta(minutes=kept.change_minutes), timedelta(minutes=kept.test_minutes)


def _meets(starts: datetime, ends: datetime) -> ColumnElement[bool]:
    return and_(ProgrammeSession.starts_at < ends, ProgrammeSession.ends_at > starts)


def _rooms(event: Event) -> dict[UUID | None, HeldRoom]:
    return {
        id_: HeldRoom(id_, name, capacity, _instants(availability, event.zone), account.strip())
        for id_, name, capacity, availability, account in db.session.execute(_ROOM.where(Room.event_id == event.id))
    }


def _hours(starts_at: datetime | None, ends_at: datetime | None) -> Stretch | None:
    # A change of zone can turn hours that a clock skips into an end before the start: of these nothing can be said.
    return Stretch(starts_at, ends_at) if starts_at and ends_at and starts_at < ends_at else None


def _instants(availability: Iterable[str], zone: str) -> list[Stretch]:
    walls = (parse(text) for text in availability)
    return join(Stretch(clock.instant(wall.starts, zone), clock.instant(wall.ends, zone)) for wall in walls)


def _parts(event: Event, wanted: ColumnElement[bool], people: Select[UUID | None]) -> Mapping[UUID, list[Part]]:
    rows = db.session.execute(_PART.where(wanted).order_by(SessionRole.position)).all()
    of_event = and_(Speaker.person_id == Person.id, Speaker.event_id == event.id)
    known = {
        id_: Somebody(id_, names, EMPTY, told or own, _instants(availability or (), told or own or event.zone))
        for id_, names, own, told, availability in db.session.execute(
            _PERSON.outerjoin(Speaker, of_event).where(Person.id.in_(people))
        )
    }
    found: dict[UUID, list[Part]] = defaultdict(list)
    for session_id, id_, role, mode, state, person_id, label in rows:
        somebody = known.get(person_id) if person_id else Somebody(id_, None, label, None)
        if somebody:  # or they were taken off the programme between the two questions
            found[session_id].append(Part(id_, role, mode, state, somebody))
    return found


def _elsewhere(
    event: Event, sessions: Sequence[Held], people: Select[UUID | None], change: timedelta, actor: Actor | None
) -> Mapping[UUID, list[Held]]:
    """Where these people are in other events, as far as that can meet what they do here."""
    found: dict[UUID, list[Held]] = defaultdict(list)
    hours = [held.hours for held in sessions if held.hours]
    if not hours:
        return found
    first, last = min(one.starts for one in hours), max(one.ends for one in hours)
    others = _ELSEWHERE.where(Event.id != event.id, _may_be_told(event, actor), SessionRole.person_id.in_(people))
    for person_id, id_, title, starts_at, ends_at, slug, event_title in db.session.execute(
        others.where(_meets(first - change, last + change))
    ):
        assert person_id
        held = Held(id_, title, _hours(starts_at, ends_at), event=OtherEvent(slug, event_title))
        found[person_id].append(held)
    return found


def _may_be_told(event: Event, actor: Actor | None) -> ColumnElement[bool]:
    """The condition for events of the same network of which a reader of this event's conflicts may hear.

    That somebody is known to an organisation is for its own people: a co-organiser of this event learns nothing of
    what its organiser runs alone.
    """
    running = {event.organisation_id, *(p.organisation_id for p in event.partners if p.part == "co_organiser")}
    if actor is None or actor.is_system:
        return and_(*(_is_run_by(organisation_id) for organisation_id in running))
    return or_(false(), *(_is_run_by(organisation_id) for organisation_id in running & actor.organisations(*STAFF)))


def _is_run_by(organisation_id: UUID) -> ColumnElement[bool]:
    partners = select(Partner.event_id).where(
        Partner.part == "co_organiser", Partner.organisation_id == organisation_id
    )
    return or_(Event.organisation_id == organisation_id, Event.id.in_(partners))


def acceptances(event: Event) -> dict[str, AcceptedConflict]:
    """What organisers of an event have let be, by the key of each conflict."""
    rows = db.session.scalars(select(AcceptedConflict).where(AcceptedConflict.event_id == event.id))
    return {row.key: row for row in rows}


def get_acceptance(event: Event, acceptance_id: UUID) -> AcceptedConflict:
    """What an organiser of this event has let be; raises NotFound alike where it is another's."""
    row = db.session.get(AcceptedConflict, acceptance_id)
    if row is None or row.event_id != event.id:
        raise NotFound
    return row


def names_of(accepted: Iterable[AcceptedConflict]) -> dict[UUID, Names]:
    """What those who let conflicts be are called, by their ids."""
    wanted = {row.person_id for row in accepted if row.person_id}
    return {row[0]: row[1] for row in db.session.execute(select(Person.id, Person.names).where(Person.id.in_(wanted)))}
