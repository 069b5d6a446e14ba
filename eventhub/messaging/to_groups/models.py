"""A letter to a group, and who gets it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Record, Row, WallClock, one_of

STATES = ("draft", "ready", "released", "stopped")
# What became of somebody who was in the group when the letter was released: it waits for its hour, was written, or was
# not, because they had left the group by then, wanted none any more, or the letter was stopped.
RECIPIENT_STATES = ("waiting", "written", "left", "unwanted", "stopped")


class GroupLetter(Row):
    """One letter that organisers write to a group of the people of an event.

    It is a draft until somebody has called it ready, and goes out when it is released after a second look. `group` says
    who it is for, `scheduled` is the hour by the event's clock at which it goes out, if not at once. What `is_news` is
    not about the event that its readers registered for, and goes to those alone who agreed to that.
    """

    __tablename__ = "group_letters"
    __table_args__ = (one_of("state", STATES), Index(None, "event_id", "created_at"))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    subject: Mapped[Translated] = mapped_column(default=EMPTY)
    text: Mapped[Translated] = mapped_column(default=EMPTY)
    group: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_news: Mapped[bool] = mapped_column(default=False)
    scheduled: Mapped[datetime | None] = mapped_column(WallClock)
    state: Mapped[str] = mapped_column(default="draft")
    readied_at: Mapped[datetime | None]
    readied_by_id: Mapped[UUID | None]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()

    @property
    def scheduled_at(self) -> datetime | None:
        """When it is to go out, as things stand; None where at once."""
        return clock.instant(self.scheduled, self.event.zone) if self.scheduled else None

    @property
    def is_by_wish(self) -> bool:
        """Whether its readers can end letters of this kind: it is about nothing that they have registered for."""
        return self.is_news or self.group.get("kind") == "guests"


class Recipient(Record):
    """That somebody was in the group when a letter was released: by the bare id of what they are in it."""

    __tablename__ = "group_recipients"
    __table_args__ = (
        UniqueConstraint("group_letter_id", "who_id"),
        Index(None, "group_letter_id", "state", "who_id"),
        Index(None, "who_id"),
        Index(None, "letter_id"),
        one_of("state", RECIPIENT_STATES),
    )

    group_letter_id: Mapped[UUID] = mapped_column(ForeignKey("group_letters.id"))
    who_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="waiting")
    letter_id: Mapped[UUID | None]
