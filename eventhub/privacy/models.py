"""How long an event keeps what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation.tables import Row


class Keeping(Row):
    """The days after an event for which its organisers keep each kind of data; a kind not named is kept as usual."""

    __tablename__ = "keepings"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
    days: Mapped[dict[str, Any]]
