"""Who registered for a series."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.events.models import Event, Series
from eventhub.foundation.tables import Record, Row, one_of
from eventhub.organisations.models import STAKEHOLDER_TYPES

# What became of an event for somebody: they chose it, it was offered to them, or they do not want it.
ANSWERS = ("chosen", "offered", "not_wanted")


class SeriesRegistration(Row):
    """A person in a series, as they described themself; one address has one for a series.

    Their places are those of their registrations for its events, which are found by the address: whoever has taken one
    of these over does not come with it. `zone` is the
    one in which they read hours, where they chose it. Who `wants_all` is asked by letter about events that are added
    later. `told_at` is when the last letter about all of it was ordered.
    """

    __tablename__ = "series_registrations"
    __table_args__ = (
        UniqueConstraint("series_id", "address"),
        one_of("stakeholder_type", STAKEHOLDER_TYPES),
        Index(None, "address"),
    )

    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id"))
    name: Mapped[str]
    typed_address: Mapped[str]
    address: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="")
    stakeholder_type: Mapped[str | None]
    country: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    zone: Mapped[str | None]
    wants_all: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime | None]
    link_number: Mapped[int] = mapped_column(default=1)
    calendar_number: Mapped[int] = mapped_column(default=1)

    series: Mapped[Series] = relationship()
    entries: Mapped[list[SeriesEntry]] = relationship(cascade="all, delete-orphan")


class SeriesEntry(Record):
    """What somebody who registered for a series said about one event, which may have left the series since."""

    __tablename__ = "series_entries"
    __table_args__ = (
        UniqueConstraint("series_registration_id", "event_id"),
        one_of("answer", ANSWERS),
        Index(None, "event_id"),
    )

    series_registration_id: Mapped[UUID] = mapped_column(ForeignKey("series_registrations.id"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    answer: Mapped[str]

    event: Mapped[Event] = relationship()
