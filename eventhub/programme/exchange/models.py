"""What is kept of calendars elsewhere: whose entry a session or an event is, and which are looked at by the hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.events.models import Event, Series
from eventhub.foundation import clock
from eventhub.foundation.tables import Record, Row, one_of

STATES = ("active", "paused")


class _Origin(Record):
    """The version of an entry that was taken over last, and what of it nobody here understands (`X-` properties)."""

    __abstract__ = True

    sequence: Mapped[int] = mapped_column(default=0)
    stamp: Mapped[str] = mapped_column(default="")
    properties: Mapped[list[str]] = mapped_column(default=list)


class SessionOrigin(_Origin):
    """Which version of another system's entry a session is; its UID is the session's `foreign_id`."""

    __tablename__ = "session_origins"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), unique=True)


class EventOrigin(_Origin):
    """Which entry of another system's calendar an event of a series is."""

    __tablename__ = "event_origins"
    __table_args__ = (UniqueConstraint("series_id", "foreign_id"),)

    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
    foreign_id: Mapped[str]


class Subscription(Row):
    """A calendar elsewhere that an event's programme, or a series, follows into its draft.

    The address is sealed, for it may hold a secret; `host` is what of it is shown. `reading` is what was read last:
    whatever is other than it here was changed here. Until `due_at` nobody looks; whoever looks moves it first, so that
    one does. `changes` tells what the last refresh that found something did, and what earlier ones left to a
    person who has not seen it yet, in no language.
    """

    __tablename__ = "calendar_subscriptions"
    __table_args__ = (
        one_of("state", STATES),
        CheckConstraint("(event_id IS NULL) <> (series_id IS NULL)", name="whose"),
        Index(None, "state", "due_at"),
    )

    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"), index=True)
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"), index=True)
    address: Mapped[str]
    host: Mapped[str]
    zone: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    etag: Mapped[str] = mapped_column(default="")
    modified: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime | None]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    reading: Mapped[dict[str, Any]] = mapped_column(deferred=True)

    event: Mapped[Event | None] = relationship()
    series: Mapped[Series | None] = relationship()
