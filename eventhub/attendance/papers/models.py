"""Which badges were printed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation.tables import Record


class PrintedBadge(Record):
    """That somebody's badge was printed; `said` is a digest of it, so that one who has another name is printed anew.

    `who_id` is their registration, or the person where somebody on the programme has not registered.
    """

    __tablename__ = "printed_badges"
    __table_args__ = (UniqueConstraint("event_id", "who_id"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    who_id: Mapped[UUID]
    said: Mapped[str]
