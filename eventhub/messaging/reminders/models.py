"""The rules by which people are reminded, and what was queued by them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Record, Row, one_of

from .moments import UNITS, Timing

# What a rule goes by, and whom it can remind of each.
AUDIENCES = {
    "event": ("registrants", "speakers", "moderators"),
    "session": ("signed_up", "registrants", "speakers", "moderators"),
    "registration_closes": ("guests",),
    "invitation": ("guests",),
    "offer": ("registrants",),
    "answer": ("speakers",),
}
OCCASIONS = tuple(AUDIENCES)
# After these there is something to be said as well; a deadline that has passed reminds nobody of anything.
WITH_AN_END = ("event", "session")
# For which of them a rule can be for some pools alone.
IN_POOLS = ("registrants", "signed_up", "guests")
ALL_AUDIENCES = ("registrants", "signed_up", "speakers", "moderators", "guests")
ROUND_STATES = ("open", "done", "dropped")


class ReminderRule(Row):
    """So long before or after something, a letter to these people.

    `at_clock` is the hour, as `09:00`, at which a rule in days writes; without one it is that of the occasion. It is
    by each reader's own clock where it `is_own_clock`, else by the event's. `pools` are ids; none is all. Where it
    `reaches_late`, who comes after the moment has passed gets the letter then. `since` is from when on it is as it is:
    a moment before that has passed unheard. One that was removed keeps its row for what was sent by it.
    """

    __tablename__ = "reminder_rules"
    __table_args__ = (
        one_of("occasion", OCCASIONS),
        one_of("audience", ALL_AUDIENCES),
        one_of("unit", UNITS),
        Index(None, "event_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    occasion: Mapped[str]
    audience: Mapped[str]
    amount: Mapped[int]
    unit: Mapped[str]
    is_after: Mapped[bool] = mapped_column(default=False)
    at_clock: Mapped[str | None]
    is_own_clock: Mapped[bool] = mapped_column(default=True)
    pools: Mapped[list[str]] = mapped_column(default=list)
    reaches_late: Mapped[bool] = mapped_column(default=False)
    note: Mapped[Translated] = mapped_column(default=EMPTY)
    is_on: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    @property
    def timing(self) -> Timing:
        """When it writes."""
        return Timing(self.amount, self.unit, self.is_after, self.at_clock, self.is_own_clock)


class ReminderRound(Record):
    """One moment of a rule that has come: for what, and to how many a letter was queued or is not worth it any more.

    People in several zones have several of them for the same occasion. Its key is what makes a moment come once,
    however often clocks are put back and whoever else looks at the same time.
    """

    __tablename__ = "reminder_rounds"
    __table_args__ = (
        UniqueConstraint("rule_id", "occasion_id", "occasion_at", "due_at"),
        one_of("state", ROUND_STATES),
        Index(None, "event_id", "due_at"),
    )

    rule_id: Mapped[UUID] = mapped_column(ForeignKey("reminder_rules.id"))
    event_id: Mapped[UUID]
    occasion_id: Mapped[UUID]
    occasion_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")
    queued: Mapped[int] = mapped_column(default=0)
    dropped: Mapped[int] = mapped_column(default=0)


class Reminder(Record):
    """That somebody has had their letter about an occasion by a rule: kept when the letter is long forgotten.

    `recipient_id` is that of a registration, a person or an invitation; its own id is that of the work of sending the
    letter. Those of a `batch_id` were queued by one transaction.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("rule_id", "recipient_id", "occasion_id", "occasion_at"),
        Index(None, "round_id", "batch_id"),
        Index(None, "recipient_id"),
    )

    rule_id: Mapped[UUID] = mapped_column(ForeignKey("reminder_rules.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("reminder_rounds.id"))
    batch_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    occasion_id: Mapped[UUID]
    occasion_at: Mapped[datetime]
    letter_id: Mapped[UUID]
