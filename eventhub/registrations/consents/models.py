"""What an event asks people to agree to, and each version of the words."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Record, Row, one_of

# That the organisers use what is written to run the event is needed, and so told; these are free to choose.
PURPOSES = ("co_organiser", "transfer", "list", "recording", "news")


class ConsentAsk(Row):
    """Whether an event asks for a purpose, and its organisers' own words; empty ones are the usual words.

    `recipient` is the id of the co-organiser concerned, and empty for all other purposes. Only `with_address` does a
    co-organiser see e-mail addresses.
    """

    __tablename__ = "consent_asks"
    __table_args__ = (UniqueConstraint("event_id", "purpose", "recipient"), one_of("purpose", PURPOSES))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    purpose: Mapped[str]
    recipient: Mapped[str] = mapped_column(default="")
    is_asked: Mapped[bool]
    sentence: Mapped[Translated] = mapped_column(default=EMPTY)
    details: Mapped[Translated] = mapped_column(default=EMPTY)
    with_address: Mapped[bool] = mapped_column(default=False)


class ConsentWording(Record):
    """One version of the words, as they were read: kept as long as the event, for what somebody agreed to with them.

    `digest` is what the version is known by in a form and in a consent, `number` what people call it.
    """

    __tablename__ = "consent_wordings"
    __table_args__ = (UniqueConstraint("event_id", "purpose", "recipient", "digest"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    purpose: Mapped[str]
    recipient: Mapped[str]
    digest: Mapped[str]
    number: Mapped[int]
    sentence: Mapped[Translated]
    details: Mapped[Translated]
    with_address: Mapped[bool]
