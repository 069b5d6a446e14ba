"""Series and events."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation import clock
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Row, WallClock, one_of
from eventhub.organisations.models import Organisation

KINDS = ("workshop", "webinar", "side_event", "meeting", "launch", "training", "exchange_visit", "study_tour")
MODES = ("in_person", "online", "hybrid")
STATUSES = ("draft", "published", "cancelled", "postponed")
VISIBILITIES = ("public", "unlisted", "invitation")
PARTS = ("co_organiser", "assisting", "supporting")
EVENT_ROLES = ("organiser", "translator", "check_in", "viewer")


class Series(Row):
    """Events that belong together."""

    __tablename__ = "series"
    __table_args__ = (one_of("visibility", VISIBILITIES),)

    slug: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    title: Mapped[Translated]
    description: Mapped[Translated] = mapped_column(default=EMPTY)
    note: Mapped[Translated] = mapped_column(default=EMPTY)
    visibility: Mapped[str] = mapped_column(default="public")

    organisation: Mapped[Organisation] = relationship()


class Event(Row):
    """One gathering.

    `starts` and `ends` are what the wall clock of `zone` shows and may be to be announced; `starts_at` and
    `ends_at` are the instants derived from them, for ordering. `note` is the small print beneath the page,
    `notice` what is told of a postponement or cancellation. `public_revision` rises with every change of
    what the public sees.
    """

    __tablename__ = "events"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("mode", MODES),
        one_of("status", STATUSES),
        one_of("visibility", VISIBILITIES),
        Index(None, "starts_at", "ends_at"),
        Index(None, "starts"),
        Index(None, "ends_at"),
        Index(None, "series_id", "starts_at"),
        Index(None, "organisation_id", "starts_at"),
    )

    slug: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"))

    kind: Mapped[str]
    mode: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft")
    visibility: Mapped[str] = mapped_column(default="public")

    title: Mapped[Translated]
    summary: Mapped[Translated] = mapped_column(default=EMPTY)
    description: Mapped[Translated] = mapped_column(default=EMPTY)
    note: Mapped[Translated] = mapped_column(default=EMPTY)
    notice: Mapped[Translated] = mapped_column(default=EMPTY)

    zone: Mapped[str]
    starts: Mapped[datetime | None] = mapped_column(WallClock)
    ends: Mapped[datetime | None] = mapped_column(WallClock)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]

    venue: Mapped[Translated] = mapped_column(default=EMPTY)
    venue_address: Mapped[Translated] = mapped_column(default=EMPTY)

    main_language: Mapped[str] = mapped_column(default="en")
    published_languages: Mapped[list[str]] = mapped_column(default=list)
    working_languages: Mapped[list[str]] = mapped_column(default=list)
    contact_address: Mapped[str | None]

    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"))
    parent_name: Mapped[Translated] = mapped_column(default=EMPTY)
    parent_dates: Mapped[Translated] = mapped_column(default=EMPTY)
    parent_url: Mapped[str | None]

    registration_opens_at: Mapped[datetime | None]
    registration_closes_at: Mapped[datetime | None]

    published_at: Mapped[datetime | None]
    public_revision: Mapped[int] = mapped_column(default=0)
    public_changed_at: Mapped[datetime] = mapped_column(default=clock.now)

    organisation: Mapped[Organisation] = relationship()
    series: Mapped[Series | None] = relationship()
    parent: Mapped[Event | None] = relationship(remote_side="Event.id")
    partners: Mapped[list[Partner]] = relationship(order_by="Partner.position", cascade="all, delete-orphan")
    also_listed: Mapped[list[AlsoListed]] = relationship(cascade="all, delete-orphan")

    def day(self) -> date | None:
        """The first day by the venue's wall clock."""
        return self.starts.date() if self.starts else None

    def last_day(self) -> date | None:
        """The last day by the venue's wall clock."""
        return self.ends.date() if self.ends else self.day()

    def known_end(self) -> datetime | None:
        """The instant of its end, where it was given: `ends_at` lasts until the day is over otherwise."""
        return self.ends_at if self.ends else None

    def is_over(self, moment: datetime | None = None) -> bool:
        """Whether its end, as far as it is known, has passed."""
        end = self.ends_at or self.starts_at
        return end is not None and end <= (moment or clock.now())

    def registration_state(self, moment: datetime | None = None) -> Literal["closed", "not_yet", "open", "over"]:
        """Whether somebody could register now, by the event's status and its registration window."""
        moment = moment or clock.now()
        if self.status != "published" or self.is_over(moment):
            return "over" if self.is_over(moment) else "closed"
        if self.registration_opens_at and moment < self.registration_opens_at:
            return "not_yet"
        if self.registration_closes_at and moment >= self.registration_closes_at:
            return "closed"
        return "open"


class Partner(Row):
    """An organisation's part in an event beside its organiser."""

    __tablename__ = "event_partners"
    __table_args__ = (
        UniqueConstraint("event_id", "organisation_id"),
        one_of("part", PARTS),
        Index(None, "organisation_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    part: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)

    organisation: Mapped[Organisation] = relationship()


class AlsoListed(Row):
    """An event shown in a series to which it does not belong, as in another organiser's."""

    __tablename__ = "also_listed"
    __table_args__ = (UniqueConstraint("event_id", "series_id"), Index(None, "series_id"))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id"))

    series: Mapped[Series] = relationship()


class EventRole(Row):
    """A person who may act in one event only."""

    __tablename__ = "event_roles"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id"),
        one_of("role", EVENT_ROLES),
        Index(None, "person_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str]
