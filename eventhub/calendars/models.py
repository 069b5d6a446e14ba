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

METHODS = ("REQUEST", "CANCEL")
ANSWERS = ("accepted", "declined", "tentative")
# The private feeds of somebody who has signed in: what they take part in, and what they run.
OWN_KINDS = ("mine", "run")
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
    """An entry's VEVENT in one language; `made_from` is a digest of all it says, none where its thing is gone.

    `extras` is what only some forms have room for: who speaks, the place apart from its room, the text with its marks.
    """

    __tablename__ = "calendar_components"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("calendar_entries.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    format: Mapped[int]
    made_from: Mapped[str | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    extras: Mapped[dict[str, Any]] = mapped_column(default=dict)


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


class CalendarInvitation(Base):
    """What one registrant was last told of an event's own entry by iTIP, and what their calendar has answered.

    `said` is a fingerprint of that message, so that the same thing told again has the same `sequence`, and another
    a higher one. It is written before the letter leaves: who may have got an invitation is told when it ends. The
    `organizer` stays the one of the first message, for calendars take no other's word. `answered_at` is the answer's
    own moment, by which an older one is known, and `answered_sequence` what it answers.
    """

    __tablename__ = "calendar_invitations"
    __table_args__ = (one_of("method", METHODS), one_of("answer", ANSWERS), Index(None, "entry_id", "answer"))

    registration_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("calendar_entries.id"), primary_key=True)
    method: Mapped[str]
    said: Mapped[str]
    sequence: Mapped[int]
    organizer: Mapped[str]
    letter_id: Mapped[UUID]
    told_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_sequence: Mapped[int | None]


class AnswerWish(Base):
    """That the invitations to an event ask for an answer by calendar."""

    __tablename__ = "calendar_answer_wishes"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), primary_key=True)


class CalendarKey(Record):
    """To one of somebody's own feeds: its number is in the address, and raising it ends the address.

    By the bare id of a person, who has an account; made when they first ask for an address.
    """

    __tablename__ = "calendar_keys"
    __table_args__ = (UniqueConstraint("person_id", "kind"), one_of("kind", OWN_KINDS))

    person_id: Mapped[UUID]
    kind: Mapped[str]
    number: Mapped[int] = mapped_column(default=1)
    is_open: Mapped[bool] = mapped_column(default=True)
