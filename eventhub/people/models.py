"""A human."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Row

from .names import Names, NamesColumn


class Person(Row):
    """One human: known to the site by a verified address, or known only to one organisation.

    `known_to` is the organisation's bare id (it lives on a higher floor) and none for people with an
    address of their own; nobody else ever finds a person who is known to one organisation.
    """

    __tablename__ = "people"

    names: Mapped[Names] = mapped_column(NamesColumn())
    sort_key: Mapped[str] = mapped_column(index=True)
    address: Mapped[str | None] = mapped_column(unique=True)
    address_verified_at: Mapped[datetime | None]
    known_to: Mapped[UUID | None] = mapped_column(index=True)
    slug: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="en")
    zone: Mapped[str | None]
    affiliation: Mapped[Translated] = mapped_column(default=EMPTY)
    country: Mapped[str | None]
    biography: Mapped[Translated] = mapped_column(default=EMPTY)
    photo_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id", ondelete="SET NULL"))
