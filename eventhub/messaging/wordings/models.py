"""Words of organisers for a letter."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Row


class Wording(Row):
    """Subject and text of an occasion's letter: of one event, or of all events of an organisation.

    `scope_id` says again which of the two it is. What is empty in a language is in our words.
    """

    __tablename__ = "letter_wordings"
    __table_args__ = (
        UniqueConstraint("scope_id", "occasion"),
        CheckConstraint("(event_id IS NULL) <> (organisation_id IS NULL)", name="scope"),
    )

    scope_id: Mapped[UUID]
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    occasion: Mapped[str]
    subject: Mapped[Translated] = mapped_column(default=EMPTY)
    text: Mapped[Translated] = mapped_column(default=EMPTY)
