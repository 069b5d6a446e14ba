"""What the public sees of a programme: the one seam that pages, feeds and exports read.

Nothing else tells them of sessions, so a draft never leaks. It is the newest release, with the names that people
have today, the translations that were made since, and nobody in a session under the Chatham House Rule. What is
shown changes only with the event's `public_revision`; a process keeps what it has put together for a revision.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, insert, select, type_coerce, update

from eventhub.events.models import Event
from eventhub.events.queries import is_listed
from eventhub.foundation import clock
from eventhub.foundation.db import announce, db, get, own_memory
from eventhub.foundation.i18n import EMPTY, Text, Translated
from eventhub.foundation.tables import Json
from eventhub.people.models import Person
from eventhub.people.names import Names, plain

from . import snapshots
from .models import Appearance, ProgrammeSession, Room, SessionRole, Track
from .signals import PublicStateChanged
from .snapshots import Snapshot, Values, living


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
    presentation_abstract: Translated
    presentation_minutes: int | None
    presents_with_id: UUID | None
    photo_id: UUID | None = None

    def name_in(self, lang: str) -> Text:
        """The name as a reader of the language knows it, or what stands for somebody who is not named."""
        if self.names:
            return Text.of(self.names.in_(lang), lang)
        return self.label.in_(lang)

    @property
    def sort_key(self) -> tuple[bool, str, bytes]:
        """Named people by family name; after them those of whom there is only a label, by that.

        Labels in Chinese come in the order of GB 18030, in which the usual characters stand by pinyin: the
        dictionaries that know all of them take more memory than the rest of a process that shows public pages.
        """
        if self.names:
            return False, self.names.sort_key, b""
        return True, "", plain(self.label.in_("en")).encode("gb18030", "replace")

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
    """A session as it is announced; `starts` and `ends` are the wall clock of the event's zone.

    Under the Chatham House Rule it has no speakers here, whoever asks.
    """

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
    level: str | None = None
    capacity: int | None = None
    has_sign_up: bool = False
    is_chatham_house: bool = False
    do_not_record: bool = False
    repeats_id: UUID | None = None

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
        ordered = sorted(found.values(), key=lambda item: item[0].sort_key)
        return tuple((speaker, tuple(sessions)) for speaker, sessions in ordered)


_KEPT = 4_000  # events and sessions of theirs, some 25 MB in one process
_kept: OrderedDict[UUID, PublicState] = OrderedDict()
_lock = threading.Lock()


def public_state(event: Event) -> PublicState:
    """What the public sees of an event's programme now: nothing as long as it is a draft."""
    if event.status == "draft":
        return PublicState(event.id, 0, (), (), ())
    if (own := own_memory()) is not None:
        # What is not committed yet may never be: under a revision that may come again, only this use-case keeps it.
        key = ("public state", event.id, event.public_revision)
        if key not in own:
            own[key] = _read(event, snapshots.released(event.id))
        return cast(PublicState, own[key])
    with _lock:
        known = _kept.get(event.id)
        if known is not None and known.revision == event.public_revision:
            _kept.move_to_end(event.id)
            return known
    state = _read(event, snapshots.released(event.id))
    with _lock:
        _kept[event.id] = state
        _kept.move_to_end(event.id)
        while len(_kept) > 1 and sum(1 + len(one.sessions) for one in _kept.values()) > _KEPT:
            _kept.popitem(last=False)
    return state


def shown_state(event: Event) -> PublicState:
    """What somebody who may open the event's page sees of its programme: of a draft, what the public will see."""
    return draft_state(event) if event.status == "draft" else public_state(event)


def draft_state(event: Event) -> PublicState:
    """The programme as its organisers have it, in the shape that the public would see: for their preview only."""
    return _read(event, snapshots.take(event.id))


def state_of(event: Event, snapshot: Snapshot) -> PublicState:
    """The programme of an earlier release, in the shape that the public saw: for its organisers only."""
    return _read(event, snapshot)


def _read(event: Event, snapshot: Snapshot) -> PublicState:
    programme = snapshot.programme
    texts = _Texts.of(event.id, has_talks=_has_talks(programme["sessions"]))
    rooms = {
        room["id"]: PublicRoom(
            UUID(room["id"]), living(room.get("name"), texts.names.get(room["id"])), room.get("is_virtual", False)
        )
        for room in programme["rooms"]
    }
    tracks = {
        track["id"]: PublicTrack(
            UUID(track["id"]), track["slug"], living(track.get("name"), texts.names.get(track["id"])), track["colour"]
        )
        for track in programme["tracks"]
    }
    people = _people(programme["sessions"])
    shown = []
    for kept in programme["sessions"]:
        title, abstract, is_chatham_house = texts.sessions.get(kept["id"], (None, None, False))
        starts, ends = clock.read(kept["starts"]), clock.read(kept["ends"])
        parts = () if is_chatham_house else kept["parts"]
        shown.append(
            PublicSession(
                id=UUID(kept["id"]),
                slug=kept["slug"],
                kind=kept["kind"],
                is_cancelled=kept["state"] == "cancelled",
                title=living(kept.get("title"), title),
                abstract=living(kept.get("abstract"), abstract),
                starts=starts,
                ends=ends,
                starts_at=clock.instant(starts, event.zone),
                ends_at=clock.instant(ends, event.zone),
                room=rooms.get(kept.get("room_id")),
                track=tracks.get(kept.get("track_id")),
                language=kept.get("language"),
                interpretation=tuple(kept.get("interpretation", ())),
                level=kept.get("level"),
                capacity=kept.get("capacity"),
                has_sign_up=kept.get("has_sign_up", False),
                is_chatham_house=is_chatham_house,
                do_not_record=kept.get("do_not_record", False),
                repeats_id=_id(kept.get("repeats_id")),
                speakers=tuple(_speaker(part, snapshot.names, people, texts) for part in parts),
            )
        )
    place = {UUID(room_id): number for number, room_id in enumerate(rooms)}
    shown.sort(key=lambda s: (s.starts_at, place.get(s.room.id, -1) if s.room else -1, s.ends_at, s.id.hex))
    return PublicState(event.id, event.public_revision, tuple(shown), tuple(rooms.values()), tuple(tracks.values()))


def _speaker(
    part: Values, names: Values, people: Mapping[str, tuple[str | None, Names, UUID | None]], texts: _Texts
) -> PublicSpeaker:
    told = names.get(part["id"], {})
    slug, known_as, photo_id = people.get(part.get("person_id", ""), (None, None, None))
    title, abstract = texts.presentations.get(part["id"], (None, None))
    return PublicSpeaker(
        role_id=UUID(part["id"]),
        person_id=_id(part.get("person_id")),
        slug=slug,
        role=part["role"],
        mode=part["mode"],
        names=known_as or None,
        label=_text(told.get("name")),
        affiliation=_text(told.get("affiliation")),
        country=told.get("country"),
        stakeholder_type=told.get("stakeholder_type"),
        presentation_title=living(part.get("presentation_title"), title),
        presentation_abstract=living(part.get("presentation_abstract"), abstract),
        presentation_minutes=part.get("presentation_minutes"),
        presents_with_id=_id(part.get("presents_with_id")),
        photo_id=photo_id,
    )


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _text(value: Mapping[str, Any] | None) -> Translated:
    return Translated.from_json(value) if value else EMPTY


@dataclass(frozen=True, slots=True)
class _Texts:
    """What is live of a programme, by the ids of what it belongs to: the draft's texts, and the Chatham House flag."""

    sessions: Mapping[str, tuple[Values, Values, bool]]
    presentations: Mapping[str, tuple[Values, Values]]
    names: Mapping[str, Values]

    @classmethod
    def of(cls, event_id: UUID, *, has_talks: bool) -> _Texts:
        sessions = select(
            ProgrammeSession.id,
            type_coerce(ProgrammeSession.title, Json),
            type_coerce(ProgrammeSession.abstract, Json),
            ProgrammeSession.is_chatham_house,
        ).where(ProgrammeSession.event_id == event_id)
        presentations = (
            select(
                SessionRole.id,
                type_coerce(SessionRole.presentation_title, Json),
                type_coerce(SessionRole.presentation_abstract, Json),
            )
            .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
            .where(ProgrammeSession.event_id == event_id)
        )
        names: list[Any] = [
            row
            for model in (Room, Track)
            for row in db.session.execute(
                select(model.id, type_coerce(model.name, Json)).where(model.event_id == event_id)
            )
        ]
        # The types of a column of JSON say no more than that it is JSON.
        rows: Any = db.session.execute(sessions)
        parts: Any = db.session.execute(presentations) if has_talks else ()
        return cls(
            {str(row[0]): (row[1], row[2], row[3]) for row in rows},
            {str(row[0]): (row[1], row[2]) for row in parts},
            {str(row[0]): row[1] for row in names},
        )


def _has_talks(sessions: Iterable[Values]) -> bool:
    """Whether somebody in them has a title or an abstract of their own: in most programmes nobody has."""
    return any("presentation_title" in part or "presentation_abstract" in part for s in sessions for part in s["parts"])


def _people(sessions: Iterable[Values]) -> Mapping[str, tuple[str | None, Names, UUID | None]]:
    known = {part["person_id"] for kept in sessions for part in kept["parts"] if "person_id" in part}
    if not known:
        return {}
    ids = [UUID(one) for one in known]
    rows = db.session.execute(select(Person.id, Person.slug, Person.names, Person.photo_id).where(Person.id.in_(ids)))
    return {str(row.id): (row.slug, row.names, row.photo_id) for row in rows}


def list_parts(person_id: UUID) -> Sequence[Row[Appearance, Event]]:
    """What a person does in released sessions of events that stand in public lists, the latest first."""
    query = (
        select(Appearance, Event)
        .join(Event, Event.id == Appearance.event_id)
        .where(Appearance.person_id == person_id, is_listed())
        .order_by(Appearance.starts_at.desc(), Appearance.id)
    )
    return db.session.execute(query.limit(100)).all()


def is_seen(person_id: UUID) -> bool:
    """Whether somebody stands on a programme that everybody may open by its address, listed or not."""
    query = (
        select(Appearance.id)
        .join(Event, Event.id == Appearance.event_id)
        .where(Appearance.person_id == person_id, Event.status != "draft", Event.visibility != "invitation")
    )
    return db.session.scalar(query.limit(1)) is not None


def change(event_id: UUID, session_ids: Iterable[UUID] = (), *, whole: bool = False) -> None:
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
        event = get(Event, event_id)
        concerned = set(session_ids)
        _note_appearances(event, None if whole else concerned)
        announce(PublicStateChanged(event_id, tuple(concerned), whole=whole))


def _note_appearances(event: Event, session_ids: set[UUID] | None) -> None:
    """Write down who is seen in these sessions, or in all of them."""
    if session_ids is not None and not session_ids:
        return
    gone = delete(Appearance).where(Appearance.event_id == event.id)
    if session_ids is not None:
        gone = gone.where(Appearance.session_id.in_(session_ids))
    db.session.execute(gone)
    rows = [
        {
            "id": uuid4(),
            "created_at": clock.now(),
            "event_id": event.id,
            "session_id": session.id,
            "person_id": speaker.person_id,
            "role": speaker.role,
            "mode": speaker.mode,
            "slug": session.slug,
            "title": session.title,
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "is_cancelled": session.is_cancelled,
        }
        for session in public_state(event).sessions
        if session_ids is None or session.id in session_ids
        for speaker in session.speakers
        if speaker.person_id
    ]
    if rows:
        db.session.execute(insert(Appearance), rows)
