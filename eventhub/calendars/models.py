"""What calendars have been told: kept whole, since an entry outlives the session it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.calendars.ical import State
from eventhub.foundation.i18n import Translated
from eventhub.foundation.tables import Base, Record, one_of

FEED_KINDS = ("all", "event", "session", "track", "series", "person")


class CalendarEntry(Record):
    """What calendars know of an event, or of one session of it, under one UID for ever.

    Event and session are bare ids, for the entry stays when they go. `schedule` is what raises the sequence
    when it changes; `zone` is none for whole days, whose instants are their midnights and serve to order.
    """

    __tablename__ = "calendar_entries"
    __table_args__ = (one_of("state", tuple(state.value for state in State)), Index(None, "state", "ends_at"))

    uid: Mapped[str] = mapped_column(unique=True)
    event_id: Mapped[UUID] = mapped_column(index=True)
    session_id: Mapped[UUID | None] = mapped_column(unique=True)
    state: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    schedule: Mapped[dict[str, Any]]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str | None]
    last_modified: Mapped[datetime]

    components: Mapped[list[CalendarComponent]] = relationship(cascade="all, delete-orphan")
    listings: Mapped[list[CalendarListing]] = relationship(cascade="all, delete-orphan")


class CalendarComponent(Base):
    """An entry's VEVENT in one language; `made_from` is a digest of all it says, none where its thing is gone."""

    __tablename__ = "calendar_components"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("calendar_entries.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    format: Mapped[int]
    made_from: Mapped[str | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class CalendarListing(Base):
    """That a feed shows an entry."""

    __tablename__ = "calendar_listings"
    __table_args__ = (Index(None, "entry_id"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    scope_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("calendar_entries.id"), primary_key=True)


class CalendarFeed(Record):
    """A subscribable address, at the revision that its subscribers ought to have.

    `path` is its address between the language and `calendar.ics`. A feed that is not open is only read through
    private links, as that of an event by invitation.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("kind", "scope_id"), one_of("kind", FEED_KINDS))

    kind: Mapped[str]
    scope_id: Mapped[UUID]
    path: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[Translated]
    zone: Mapped[str | None]
    is_open: Mapped[bool]
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class CalendarHolder(Base):
    """To whom a private feed is served: a registration or a speaker, by its bare id.

    `told` is a digest of how the entries were last said to stand for them; `revision`, how often that became another,
    is what their feed adds to the sequence of each entry: to one person no sequence ever falls. Nobody has a row before
    the first change.
    """

    __tablename__ = "calendar_holders"

    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    told: Mapped[str]
    revision: Mapped[int] = mapped_column(default=0)
