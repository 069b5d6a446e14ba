"""Lists of people on their way in or out: each belongs to the one who sent or asked for it, and is gone after a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.files import MEGABYTE
from eventhub.foundation.tables import Row, one_of

# What the files of either are for. No guard lets anybody open one at the address of files: each look is written down.
LIST, EXPORT = "people_list", "registrations_export"
KEPT = timedelta(hours=24)
MOST_PEOPLE, MOST_BYTES = 10_000, 5 * MEGABYTE
FORMATS = ("csv", "xlsx", "json")
ORDER_STATES = ("waiting", "ready", "failed")


class _Kept(Row):
    __abstract__ = True

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[UUID]
    file_id: Mapped[UUID | None]
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def is_over(self) -> bool:
        """Whether its day is over."""
        return clock.now() >= self.created_at + KEPT


class PeopleList(_Kept):
    """A list of people to be registered: its cells lie in a file; `choices` say what is to become of them."""

    __tablename__ = "people_lists"
    __table_args__ = (Index(None, "event_id"), Index(None, "created_at"))

    size: Mapped[int]

    event: Mapped[Event] = relationship()


class ExportOrder(_Kept):
    """A list of registrations that somebody wants as a file: `done` of `size` rows are written.

    The job that writes it counts as it goes on; whoever takes up the job of a worker that ended begins anew.
    """

    __tablename__ = "export_orders"
    __table_args__ = (
        one_of("file_format", FORMATS),
        one_of("state", ORDER_STATES),
        Index(None, "event_id"),
        Index(None, "created_at"),
    )

    file_format: Mapped[str]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship()
