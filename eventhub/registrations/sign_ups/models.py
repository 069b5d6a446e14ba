"""The lists on which registrants sign up for sessions, and who stands on them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation import clock
from eventhub.foundation.i18n import Translated
from eventhub.foundation.tables import Record, one_of
from eventhub.registrations.models import Registration

SHEET_STATES = ("open", "gone", "free")
SIGN_UP_STATES = ("confirmed", "waitlisted", "cancelled")
# The states in which somebody stands on a list.
LIVE = ("confirmed", "waitlisted")
# By what a sign-up ended: its person, the organisers, a place at the event that was lost, a session that does not take
# place, or one for which nobody need sign up any more.
ENDINGS = ("person", "organisers", "place", "session", "freedom")


class SignUpSheet(Record):
    """The list on which registrants sign up for a session, with what the public sees of that session.

    It is `open` while sign-up is wanted, `gone` when the session was cancelled or removed, and `free` when nobody need
    sign up for it any more. `capacity` none is no limit. Where it `is_seated` the places are seats in a room, of which
    whoever takes part online needs none. `last_number` is the queue's last ticket.
    """

    __tablename__ = "sign_up_sheets"
    __table_args__ = (one_of("state", SHEET_STATES), Index(None, "event_id", "starts_at"))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"), unique=True)
    state: Mapped[str] = mapped_column(default="open")
    slug: Mapped[str]
    title: Mapped[Translated]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int | None]
    is_seated: Mapped[bool] = mapped_column(default=False)
    last_number: Mapped[int] = mapped_column(default=0)

    def has_begun(self, moment: datetime | None = None) -> bool:
        """Whether it is too late to sign up."""
        return self.starts_at <= (moment or clock.now())

    def meets(self, other: SignUpSheet) -> bool:
        """Whether nobody can be at both from beginning to end."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


class SignUp(Record):
    """That somebody has signed up for a session, or waits to. `number` is their ticket, given anew when they join.

    `takes_place` says whether it takes up one of the places, which are seats in a room for those who come.
    """

    __tablename__ = "sign_ups"
    __table_args__ = (
        UniqueConstraint("registration_id", "sheet_id"),
        one_of("state", SIGN_UP_STATES),
        one_of("ended_by", ENDINGS),
        Index(None, "sheet_id", "state", "number"),
    )

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"))
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("sign_up_sheets.id"))
    state: Mapped[str]
    number: Mapped[int]
    state_since: Mapped[datetime] = mapped_column(default=clock.now)
    takes_place: Mapped[bool] = mapped_column(default=True)
    ended_by: Mapped[str | None]

    registration: Mapped[Registration] = relationship()
    sheet: Mapped[SignUpSheet] = relationship()

    @property
    def is_live(self) -> bool:
        """Whether it was not given up."""
        return self.state in LIVE
