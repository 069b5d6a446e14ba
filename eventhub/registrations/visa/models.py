"""Who asked for a letter of invitation, and what stands in their passport."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.events.models import Event
from eventhub.foundation.tables import Row, one_of
from eventhub.registrations.models import Registration

STATES = ("asked", "issued", "declined")
# What a request is sealed for.
PURPOSE = "passport"
USUAL_DAYS, MOST_DAYS = 30, 365


class VisaPlan(Row):
    """Whether an event offers such letters, and how many days after it passport data are kept."""

    __tablename__ = "visa_plans"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
    is_offered: Mapped[bool] = mapped_column(default=False)
    keep_days: Mapped[int] = mapped_column(default=USUAL_DAYS)


class VisaRequest(Row):
    """A registrant's request for a letter; `sealed` holds their passport data, and is none once these are erased.

    `keep_days` is what they were told of how long that is after the event: a later plan does not change it.
    """

    __tablename__ = "visa_requests"
    __table_args__ = (one_of("state", STATES), Index(None, "event_id", "created_at"))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"), unique=True)
    state: Mapped[str] = mapped_column(default="asked")
    sealed: Mapped[str | None]
    keep_days: Mapped[int] = mapped_column(default=USUAL_DAYS)
    issued_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None]

    event: Mapped[Event] = relationship()
    registration: Mapped[Registration] = relationship()
