"""Letters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation.tables import Record, one_of

LETTER_STATES = ("queued", "sent", "failed")


class Letter(Record):
    """One letter to one person: what it is and how it went. Its words and its links are made when it is sent.

    It keeps the bare ids of what it is about, for it outlives them.
    """

    __tablename__ = "letters"
    __table_args__ = (
        one_of("state", LETTER_STATES),
        Index(None, "event_id", "created_at"),
        Index(None, "registration_id"),
        Index(None, "address"),
    )

    kind: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    event_id: Mapped[UUID | None]
    registration_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    subject: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="queued")
    outbox_id: Mapped[UUID | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
