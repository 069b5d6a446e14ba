"""What an address wants of an organiser."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation.tables import Record, Row
from eventhub.organisations.models import Organisation


class LetterChoice(Row):
    """Whether an organiser may write to an address what is not about its own registration; not, since `off_at`.

    Made with the first such letter, whose link names this row and its `link_number`. Each organiser has its own: whom
    else somebody reads is shown to nobody to whom they pass a letter on.
    """

    __tablename__ = "letter_choices"
    __table_args__ = (UniqueConstraint("organisation_id", "address"), Index(None, "address"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    address: Mapped[str]
    off_at: Mapped[datetime | None]
    link_number: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship()


class EndedLetters(Record):
    """That an address of which nothing is known any more wanted no such letters of an organiser, since `created_at`.

    `mark` recognises the address when somebody invites it again, and tells nobody which it is.
    """

    __tablename__ = "ended_letters"
    __table_args__ = (UniqueConstraint("organisation_id", "mark"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    mark: Mapped[str]
