"""What the public sees of a programme: the one seam that pages, feeds and exports read.

Nothing else tells them of sessions, so a draft never leaks. What is shown changes only with the event's
`public_revision`; a process keeps what it has put together for a revision.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, select, update

from eventhub.events.models import Event
from eventhub.events.queries import is_listed
from eventhub.foundation import clock
from eventhub.foundation.db import announce, db
from eventhub.foundation.i18n import Text, Translated
from eventhub.people.models import Person
from eventhub.people.names import Names

from .models import INTERNAL_KINDS, INTERNAL_ROLES, ProgrammeSession, Room, SessionRole, Track
from .signals import PublicStateChanged


@dataclass(frozen=True, slots=True)
class PublicSpeaker:
    """A person in a session: their names today, their affiliation then."""

    role_id: UUID
    person_id: UUID | None
    slug: str | None
    role: str
    mode: str
    names: Names | None
    label: Translated
    affiliation: Translated
    country: str | None
    stakeholder_type: str | None
    presentation_title: Translated
    photo_id: UUID | None = None

    def name_in(self, lang: str) -> Text:
        """The name as a reader of the language knows it, or what stands for somebody who is not named."""
        if self.names:
            return Text.of(self.names.in_(lang), lang)
        return self.label.in_(lang)

    @property
    def key(self) -> str:
        """Equal for the same person in several sessions."""
        return str(self.person_id or f"{self.label.in_('en')}|{self.affiliation.in_('en')}")


@dataclass(frozen=True, slots=True)
class PublicRoom:
    """A place sessions are held in."""

    id: UUID
    name: Translated
    is_virtual: bool


@dataclass(frozen=True, slots=True)
class PublicTrack:
    """A theme that runs through the programme."""

    id: UUID
    slug: str
    name: Translated
    colour: str


@dataclass(frozen=True, slots=True)
class PublicSession:
    """A session as it is announced; `starts` and `ends` are the wall clock of the event's zone."""

    id: UUID
    slug: str
    kind: str
    is_cancelled: bool
    title: Translated
    abstract: Translated
    starts: datetime
    ends: datetime
    starts_at: datetime
    ends_at: datetime
    room: PublicRoom | None
    track: PublicTrack | None
    language: str | None
    interpretation: tuple[str, ...]
    speakers: tuple[PublicSpeaker, ...]

    @property
    def has_remote(self) -> bool:
        """Whether somebody in it speaks from afar."""
        return any(speaker.mode == "remote" for speaker in self.speakers)


@dataclass(frozen=True)
class PublicState:
    """All that is shown of an event's programme at one revision, its sessions in the order of time and room."""

    event_id: UUID
    revision: int
    sessions: tuple[PublicSession, ...]
    rooms: tuple[PublicRoom, ...]
    tracks: tuple[PublicTrack, ...]

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The days, by the venue's wall clock, on which something begins."""
        return tuple(sorted({session.starts.date() for session in self.sessions}))

    @cached_property
    def _by_slug(self) -> dict[str, PublicSession]:
        return {session.slug: session for session in self.sessions}

    @cached_property
    def _by_id(self) -> dict[UUID, PublicSession]:
        return {session.id: session for session in self.sessions}

    @cached_property
    def _by_day(self) -> dict[date, tuple[PublicSession, ...]]:
        return {day: tuple(s for s in self.sessions if s.starts.date() == day) for day in self.days}

    def session(self, slug: str) -> PublicSession | None:
        """The session of a slug."""
        return self._by_slug.get(slug)

    def session_of(self, session_id: UUID) -> PublicSession | None:
        """The session of an id."""
        return self._by_id.get(session_id)

    def on(self, day: date) -> tuple[PublicSession, ...]:
        """The sessions that begin on a day."""
        return self._by_day.get(day, ())

    @cached_property
    def people(self) -> tuple[tuple[PublicSpeaker, tuple[PublicSession, ...]], ...]:
        """Everybody on the programme with their sessions: named people by family name, then those not named."""
        found: dict[str, tuple[PublicSpeaker, list[PublicSession]]] = {}
        for session in self.sessions:
            for speaker in session.speakers:
                sessions = found.setdefault(speaker.key, (speaker, []))[1]
                if session not in sessions[-1:]:
                    sessions.append(session)
        ordered = sorted(
            found.values(), key=lambda item: (item[0].names is None, item[0].names.sort_key if item[0].names else "")
        )
        return tuple((speaker, tuple(sessions)) for speaker, sessions in ordered)


_KEPT = 64
_kept: OrderedDict[UUID, PublicState] = OrderedDict()
_lock = threading.Lock()


def public_state(event: Event) -> PublicState:
    """What the public sees of an event's programme now: nothing as long as it is a draft."""
    if event.status == "draft":
        return PublicState(event.id, 0, (), (), ())
    with _lock:
        known = _kept.get(event.id)
        if known is not None and known.revision == event.public_revision:
            _kept.move_to_end(event.id)
            return known
    state = draft_state(event)
    with _lock:
        _kept[event.id] = state
        _kept.move_to_end(event.id)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return state


def shown_state(event: Event) -> PublicState:
    """What somebody who may open the event's page sees of its programme: of a draft, what the public will see."""
    return draft_state(event) if event.status == "draft" else public_state(event)


def draft_state(event: Event) -> PublicState:
    """The programme as its organisers have it, in the shape that the public would see: for their preview only."""
    rooms = {
        room.id: PublicRoom(room.id, room.name, room.is_virtual)
        for room in db.session.scalars(
            select(Room).where(Room.event_id == event.id).order_by(Room.position, Room.created_at)
        )
    }
    tracks = {
        track.id: PublicTrack(track.id, track.slug, track.name, track.colour)
        for track in db.session.scalars(
            select(Track).where(Track.event_id == event.id).order_by(Track.position, Track.created_at)
        )
    }
    speakers = _speakers(event.id)
    shown = []
    # Columns, not objects: a programme of a thousand sessions is read in half the time and a third of the memory.
    for session in db.session.execute(select(*_SESSION).where(_has_hours(event.id))).mappings():
        values = dict(session)
        values["room"] = rooms.get(values.pop("room_id"))
        values["track"] = tracks.get(values.pop("track_id"))
        values["is_cancelled"] = values.pop("state") == "cancelled"
        values["interpretation"] = tuple(values["interpretation"])
        shown.append(PublicSession(**values, speakers=tuple(speakers[session["id"]])))
    place = {room_id: number for number, room_id in enumerate(rooms)}
    shown.sort(key=lambda s: (s.starts_at, place.get(s.room.id, -1) if s.room else -1, s.ends_at, s.id.hex))
    return PublicState(event.id, event.public_revision, tuple(shown), tuple(rooms.values()), tuple(tracks.values()))


_SESSION = [
    getattr(ProgrammeSession, name)
    for name in (
        "id", "slug", "kind", "state", "title", "abstract", "starts", "ends", "starts_at", "ends_at", "room_id",
        "track_id", "language", "interpretation",
    )
]  # fmt: skip
_SPEAKER = [
    SessionRole.id.label("role_id"),
    SessionRole.person_id,
    Person.slug,
    SessionRole.role,
    SessionRole.mode,
    Person.names,
    SessionRole.name.label("label"),
    SessionRole.affiliation,
    SessionRole.country,
    SessionRole.stakeholder_type,
    SessionRole.presentation_title,
    Person.photo_id,
]


def _has_hours(event_id: UUID) -> ColumnElement[bool]:
    return and_(
        ProgrammeSession.event_id == event_id,
        ProgrammeSession.state != "deleted",
        ProgrammeSession.starts_at.is_not(None),
        ProgrammeSession.ends_at.is_not(None),
    )


def _speakers(event_id: UUID) -> Mapping[UUID, list[PublicSpeaker]]:
    query = (
        select(SessionRole.session_id, *_SPEAKER)
        .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
        .outerjoin(Person, Person.id == SessionRole.person_id)
        .where(_has_hours(event_id))
        .order_by(SessionRole.position)
    )
    found: dict[UUID, list[PublicSpeaker]] = defaultdict(list)
    for role in db.session.execute(query).mappings():
        values = dict(role)
        session_id = values.pop("session_id")
        found[session_id].append(PublicSpeaker(**{**values, "names": values["names"] or None}))
    return found


def list_parts(person_id: UUID) -> Sequence[Row[SessionRole, ProgrammeSession, Event]]:
    """What a person does in sessions of events that stand in public lists, the latest first."""
    query = (
        select(SessionRole, ProgrammeSession, Event)
        .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
        .join(Event, Event.id == ProgrammeSession.event_id)
        .where(SessionRole.person_id == person_id, ProgrammeSession.state != "deleted", is_listed())
        .where(ProgrammeSession.starts_at.is_not(None), ProgrammeSession.ends_at.is_not(None))
        .order_by(ProgrammeSession.starts_at.desc(), ProgrammeSession.id)
    )
    return db.session.execute(query.limit(100)).all()


def is_seen(person_id: UUID) -> bool:
    """Whether somebody stands on a programme that everybody may open by its address, listed or not."""
    query = (
        select(SessionRole.id)
        .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
        .join(Event, Event.id == ProgrammeSession.event_id)
        .where(SessionRole.person_id == person_id, Event.status != "draft", Event.visibility != "invitation")
        .where(SessionRole.state == "confirmed", SessionRole.role.not_in(INTERNAL_ROLES))
        .where(ProgrammeSession.state != "deleted", ProgrammeSession.kind.not_in(INTERNAL_KINDS))
        .where(ProgrammeSession.is_chatham_house.is_(False), ProgrammeSession.starts_at.is_not(None))
    )
    return db.session.scalar(query.limit(1)) is not None


def change(event_id: UUID, session_ids: Iterable[UUID] = (), *, whole: bool = False, substantial: bool = False) -> None:
    """Let what the public sees follow what was saved, and tell the floors above; nothing of it for a draft.

    The revision is raised without touching the row's version: an organiser who has the event's form open
    has lost nothing when somebody else moves a session.
    """
    raised = (
        update(Event)
        .where(Event.id == event_id, Event.status != "draft")
        .values(public_revision=Event.public_revision + 1, public_changed_at=clock.now())
        .returning(Event.id)
        .execution_options(synchronize_session="fetch")
    )
    db.session.flush()
    if db.session.scalar(raised) is not None:
        announce(PublicStateChanged(event_id, tuple(session_ids), whole=whole, substantial=substantial))
