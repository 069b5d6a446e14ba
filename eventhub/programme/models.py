"""The programme of an event as its organisers edit it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation import clock
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Record, Row, WallClock, one_of
from eventhub.people.models import Person

KINDS = ("keynote", "panel", "presentation", "breakout", "plenary", "launch", "networking", "break", "blocker")
# What only organisers see: time kept free for setting up, a room that is taken by somebody else.
INTERNAL_KINDS = ("blocker",)
# In these nobody speaks, so that nobody is missing.
SILENT_KINDS = ("networking", "break", "blocker")
ROLES = ("keynote", "moderator", "panellist", "presenter", "discussant", "rapporteur", "interpreter", "contact")
# The organisers' own contact for a session is nobody on the programme.
INTERNAL_ROLES = ("contact",)
MODES = ("in_person", "remote", "recorded")
STATES = ("scheduled", "cancelled", "deleted")
# How far somebody has come to their part; the public hears of nobody who has not confirmed it.
PART_STATES = ("proposed", "invited", "confirmed", "declined", "withdrawn")
LEVELS = ("introductory", "intermediate", "advanced")
EQUIPMENT = (
    "projector", "microphones", "video_conferencing", "recording", "interpretation_booth", "hearing_loop", "step_free",
)  # fmt: skip
# How long a session is that never had hours.
USUAL_LENGTH = timedelta(minutes=60)
RELEASE_KINDS = ("release", "hotfix")
COLOURS = ("teal", "blue", "violet", "plum", "brown", "ochre", "olive", "slate")


class Track(Row):
    """A theme that runs through a programme."""

    __tablename__ = "tracks"
    __table_args__ = (UniqueConstraint("event_id", "slug"), one_of("colour", COLOURS))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    slug: Mapped[str]
    name: Mapped[Translated]
    colour: Mapped[str] = mapped_column(default="teal")
    position: Mapped[int] = mapped_column(default=0)


class Room(Row):
    """A place, or a virtual place, in which sessions are held.

    `availability` are the stretches of the event's wall clock in which it can be had, each written as an ISO 8601
    interval, `2027-03-10T08:00/2027-03-10T18:00`; none means always. `meeting_account` names the account of a
    platform on which a virtual room meets.
    """

    __tablename__ = "rooms"
    __table_args__ = (Index(None, "event_id", "position"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    name: Mapped[Translated]
    capacity: Mapped[int | None]
    is_virtual: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    equipment: Mapped[list[str]] = mapped_column(default=list)
    availability: Mapped[list[str]] = mapped_column(default=list)
    meeting_account: Mapped[str] = mapped_column(default="")


class ProgrammeSession(Row):
    """A scheduled part of an event; its hours are the wall clock of the event's zone.

    A deleted one stays as a tombstone, for what was public once must be able to say so. A repetition is a
    session of its own with `repeats_id`. Under the Chatham House Rule (`is_chatham_house`) nobody in it is shown
    anywhere. `foreign_id` is what the system calls it from which it was imported. `minutes` is how long it was when it
    lost its hours: in the tray it keeps its length. `signed_up` is how many of its places are taken.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("event_id", "slug"),
        one_of("kind", KINDS),
        one_of("state", STATES),
        one_of("level", LEVELS),
        Index(None, "event_id", "starts_at"),
        Index(None, "event_id", "foreign_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    slug: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="scheduled")
    title: Mapped[Translated]
    abstract: Mapped[Translated] = mapped_column(default=EMPTY)
    starts: Mapped[datetime | None] = mapped_column(WallClock)
    ends: Mapped[datetime | None] = mapped_column(WallClock)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    track_id: Mapped[UUID | None] = mapped_column(ForeignKey("tracks.id"), index=True)
    language: Mapped[str | None]
    interpretation: Mapped[list[str]] = mapped_column(default=list)
    repeats_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id"))
    level: Mapped[str | None]
    capacity: Mapped[int | None]
    has_sign_up: Mapped[bool] = mapped_column(default=False)
    is_chatham_house: Mapped[bool] = mapped_column(default=False)
    do_not_record: Mapped[bool] = mapped_column(default=False)
    foreign_id: Mapped[str | None]
    minutes: Mapped[int | None]
    signed_up: Mapped[int] = mapped_column(default=0)

    room: Mapped[Room | None] = relationship()
    track: Mapped[Track | None] = relationship()
    speakers: Mapped[list[SessionRole]] = relationship(
        order_by="SessionRole.position", cascade="all, delete-orphan", back_populates="session"
    )

    @property
    def length(self) -> timedelta:
        """How long it takes; without hours as long as it took when it had some, and an hour where it never had any."""
        if self.starts_at and self.ends_at:
            return self.ends_at - self.starts_at
        return timedelta(minutes=self.minutes) if self.minutes else USUAL_LENGTH


class SessionRole(Row):
    """What a person does in a session, and how: in the room, from afar, or recorded.

    Name, affiliation, type and country are as they were then; a role need not know its person, as when a
    representative is still to be named. What it presents has a title, an abstract and minutes of its own;
    whoever presents together with somebody shares theirs (`presents_with_id`). Only a reason that is its person's own
    words is shown to them: organisers write theirs for each other.
    """

    __tablename__ = "session_roles"
    __table_args__ = (
        one_of("role", ROLES),
        one_of("mode", MODES),
        one_of("state", PART_STATES),
        Index(None, "session_id", "position"),
        Index(None, "person_id"),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str]
    mode: Mapped[str] = mapped_column(default="in_person")
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[Translated] = mapped_column(default=EMPTY)
    affiliation: Mapped[Translated] = mapped_column(default=EMPTY)
    stakeholder_type: Mapped[str | None]
    country: Mapped[str | None]
    presentation_title: Mapped[Translated] = mapped_column(default=EMPTY)
    presentation_abstract: Mapped[Translated] = mapped_column(default=EMPTY)
    presentation_minutes: Mapped[int | None]
    presents_with_id: Mapped[UUID | None] = mapped_column(ForeignKey("session_roles.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(default="confirmed")
    state_since: Mapped[datetime] = mapped_column(default=clock.now)
    reason: Mapped[str] = mapped_column(default="")
    is_reason_own: Mapped[bool] = mapped_column(default=False)

    session: Mapped[ProgrammeSession] = relationship(back_populates="speakers")
    person: Mapped[Person | None] = relationship()


class Speaker(Row):
    """Somebody on an event's programme to whom we write: one private link for all that they do in it.

    `address` is what an organiser typed, and is used only where the person has none of their own. `availability`
    are stretches of the wall clock of `zone`, written as a room's; none means always. `seen_at` is when they last
    looked at their desk.
    """

    __tablename__ = "speakers"
    __table_args__ = (UniqueConstraint("event_id", "person_id"), Index(None, "person_id"))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    address: Mapped[str | None]
    link_number: Mapped[int] = mapped_column(default=1)
    calendar_number: Mapped[int] = mapped_column(default=1)
    invited_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    zone: Mapped[str | None]
    availability: Mapped[list[str]] = mapped_column(default=list)
    needs: Mapped[str] = mapped_column(default="")
    may_record: Mapped[bool | None]

    person: Mapped[Person] = relationship()


class Programme(Row):
    """How an event's programme is kept.

    How many minutes it takes to change rooms or to test a connection, how many days a speaker has to answer, and
    which partners' sites may frame it.
    """

    __tablename__ = "programmes"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
    change_minutes: Mapped[int] = mapped_column(default=5)
    test_minutes: Mapped[int] = mapped_column(default=15)
    answer_days: Mapped[int] = mapped_column(default=10)
    framed_by: Mapped[list[str]] = mapped_column(default=list)


class Release(Record):
    """A programme as it was made public: a number, what had changed, and all of it.

    `snapshot` never changes; it speaks of people by id. What a part was called and where its person came from
    then stands beside it in `names`, by the part's id, so that it can be erased. `changes` tells what is other than
    in the release before, in no language.
    """

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("event_id", "number"), one_of("kind", RELEASE_KINDS))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(default="release")
    note: Mapped[Translated] = mapped_column(default=EMPTY)
    person_id: Mapped[UUID | None]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    snapshot: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    names: Mapped[dict[str, Any]] = mapped_column(deferred=True)


class Appearance(Record):
    """That somebody is seen in a session of a released programme: what leads from a person to their sessions."""

    __tablename__ = "appearances"
    __table_args__ = (Index(None, "person_id", "starts_at"), Index(None, "event_id", "session_id"))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    session_id: Mapped[UUID]
    person_id: Mapped[UUID]
    role: Mapped[str]
    mode: Mapped[str]
    slug: Mapped[str]
    title: Mapped[Translated]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_cancelled: Mapped[bool]


class Step(Record):
    """Something that an organiser did in the editor, to be undone and done again: where sessions were and went."""

    __tablename__ = "programme_steps"
    __table_args__ = (UniqueConstraint("event_id", "person_id", "number"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[UUID]
    number: Mapped[int]
    is_undone: Mapped[bool] = mapped_column(default=False)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class AcceptedConflict(Record):
    """A conflict that an organiser has looked at and lets be, with the reason; `key` says which it is."""

    __tablename__ = "accepted_conflicts"
    __table_args__ = (UniqueConstraint("event_id", "key"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    key: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]
    person_id: Mapped[UUID | None]
