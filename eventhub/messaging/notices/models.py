"""How long changes of an event are gathered, what waits to be told, and what was told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation.tables import Record, Row

USUAL_MINUTES, MOST_MINUTES = 5, 1440


class NoticePlan(Row):
    """For how many minutes the changes of an event are gathered; one that nobody set has the usual."""

    __tablename__ = "notice_plans"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
    quiet_minutes: Mapped[int] = mapped_column(default=USUAL_MINUTES)


class Gathering(Record):
    """What of an event people do not know yet: how it was (`was`), and the number of the release before what is told.

    Beside how it was stands, as `until`, when the first of the changes was made.

    `silent_number` is that of the release before those that were silent. `outbox_id` is the work of telling; without it
    nothing is to be told by itself.
    """

    __tablename__ = "notice_gatherings"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
    was: Mapped[dict[str, Any] | None]
    told_number: Mapped[int | None]
    silent_number: Mapped[int | None]
    outbox_id: Mapped[UUID | None]


class ChangeNotice(Record):
    """What one gathering came to: how the event was, where that is another now, and what changed between two releases.

    Its `changes` are in no language and name nobody, as a release's own.
    """

    __tablename__ = "change_notices"
    __table_args__ = (Index(None, "event_id", "created_at"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    outbox_id: Mapped[UUID] = mapped_column(unique=True)
    was: Mapped[dict[str, Any] | None]
    from_number: Mapped[int | None]
    to_number: Mapped[int | None]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
