"""Doors, who came through them, and who came without a registration."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.tables import Record, one_of
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations.models import Registration

SOURCES = ("door", "desk", "platform")
WAYS = ("ticket", "name", "join")
# Who takes part so is awaited at no door.
ONLINE = "online"
# A phone goes on holding the names at its door so long after the event; then it closes by itself.
KEPT_OPEN = timedelta(days=7)


def closing(event: Event) -> datetime | None:
    """When the doors of an event close by themselves; None as long as it has no dates."""
    end = event.ends_at or event.starts_at
    return end + KEPT_OPEN if end else None


def have_closed(event: Event) -> bool:
    """Whether the doors of an event have closed by themselves."""
    at = closing(event)
    return at is not None and at <= clock.now()


class Door(Record):
    """A device that checks people in at one event, admitted by a link that names this row and its `link_number`."""

    __tablename__ = "doors"
    __table_args__ = (Index(None, "event_id", "created_at"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    name: Mapped[str]
    link_number: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[UUID | None]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether its link still admits: until it is revoked, or its event has been over for some days."""
        return self.revoked_at is None and not have_closed(self.event)


class WalkIn(Record):
    """Somebody who came without a registration; they take up no place. `pool_key` is the pool they came for.

    Who was erased has no name any more, and goes on being counted.
    """

    __tablename__ = "walk_ins"
    __table_args__ = (Index(None, "event_id"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    name: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="")
    pool_key: Mapped[str] = mapped_column(default="")


class Arrival(Record):
    """That somebody was let in: to the event, or to one of its sessions.

    `made_at` is when it happened, by the device; `created_at` when we heard of it. The earliest that was not undone
    counts; a later one of the same person to the same is a repeat. `who_id` and `where_id` say again, in columns that a
    unique index can hold, which registration or walk-in it was, and which session or event. `changed_at` tells devices
    what is new to them. `door_name` is what the door was called then.
    """

    __tablename__ = "arrivals"
    __table_args__ = (
        one_of("source", SOURCES),
        one_of("way", WAYS),
        Index(
            "uq_arrivals_who_id_where_id",
            "who_id",
            "where_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL AND NOT is_repeat"),
            postgresql_where=text("undone_at IS NULL AND NOT is_repeat"),
        ),
        Index(None, "who_id", "where_id", "made_at"),
        Index(None, "event_id", "changed_at"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id"), index=True)
    registration_id: Mapped[UUID | None] = mapped_column(ForeignKey("registrations.id"))
    walk_in_id: Mapped[UUID | None] = mapped_column(ForeignKey("walk_ins.id"))
    who_id: Mapped[UUID]
    where_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(default="door")
    way: Mapped[str] = mapped_column(default="name")
    door_id: Mapped[UUID | None] = mapped_column(ForeignKey("doors.id"), index=True)
    door_name: Mapped[str] = mapped_column(default="")
    person_id: Mapped[UUID | None]
    made_at: Mapped[datetime]
    is_repeat: Mapped[bool] = mapped_column(default=False)
    undone_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)

    event: Mapped[Event] = relationship()
    session: Mapped[ProgrammeSession | None] = relationship()
    registration: Mapped[Registration | None] = relationship()
    walk_in: Mapped[WalkIn | None] = relationship()

    @property
    def counts(self) -> bool:
        """Whether it is the one by which its person came."""
        return self.undone_at is None and not self.is_repeat
