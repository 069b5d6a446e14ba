"""The programme of an event as its organisers edit it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Row, WallClock, one_of
from eventhub.people.models import Person

KINDS = ("keynote", "panel", "presentation", "breakout", "plenary", "break")
ROLES = ("keynote", "moderator", "panellist", "presenter", "discussant", "rapporteur", "interpreter")
MODES = ("in_person", "remote", "recorded")
STATES = ("scheduled", "cancelled", "deleted")
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
    """A place, or a virtual place, in which sessions are held."""

    __tablename__ = "rooms"
    __table_args__ = (Index(None, "event_id", "position"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    name: Mapped[Translated]
    capacity: Mapped[int | None]
    is_virtual: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class ProgrammeSession(Row):
    """A scheduled part of an event; its hours are the wall clock of the event's zone.

    A deleted one stays as a tombstone, for what was public once must be able to say so. A repetition is a
    session of its own with `repeats_id`.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("event_id", "slug"),
        one_of("kind", KINDS),
        one_of("state", STATES),
        Index(None, "event_id", "starts_at"),
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

    room: Mapped[Room | None] = relationship()
    track: Mapped[Track | None] = relationship()
    speakers: Mapped[list[SessionRole]] = relationship(
        order_by="SessionRole.position", cascade="all, delete-orphan", back_populates="session"
    )


class SessionRole(Row):
    """What a person does in a session, and how: in the room, from afar, or recorded.

    Name, affiliation, type and country are as they were then; a role need not know its person, as when a
    representative is still to be named.
    """

    __tablename__ = "session_roles"
    __table_args__ = (
        one_of("role", ROLES),
        one_of("mode", MODES),
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

    session: Mapped[ProgrammeSession] = relationship(back_populates="speakers")
    person: Mapped[Person | None] = relationship()
