"""The login of a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation.tables import Row
from eventhub.people.models import Person


class Account(Row):
    """A login: an address, a password's argon2 hash, and two counters.

    `session_number` is in every session's cookie: raising it signs out everywhere. `link_number` is in the
    links to reset the password and to confirm the address: raising it, as their use does, ends them.
    """

    __tablename__ = "accounts"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), unique=True)
    address: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    session_number: Mapped[int] = mapped_column(default=1)
    link_number: Mapped[int] = mapped_column(default=1)
    link_sent_at: Mapped[datetime | None]
    is_operator: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship()
