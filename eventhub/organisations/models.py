"""Organisations and their members."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation.i18n import Translated
from eventhub.foundation.tables import Row, one_of
from eventhub.people.models import Person

# The sector's list, with its codes in four systems; the order is that of forms and reports.
STAKEHOLDER_TYPES = (
    "government", "national_ngo", "local_ngo", "international_ngo", "un_agency", "international_org",
    "red_cross_red_crescent", "foundation_donor", "enterprise", "academia", "media", "embassy", "religious",
    "military", "other", "individual",
)  # fmt: skip
ROLES = ("administrator", "organiser", "translator", "check_in", "viewer")


class Organisation(Row):
    """A body that organises events, or takes part in them."""

    __tablename__ = "organisations"
    __table_args__ = (one_of("stakeholder_type", STAKEHOLDER_TYPES),)

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Translated]
    short_name: Mapped[str | None]
    stakeholder_type: Mapped[str]
    country: Mapped[str | None]
    website: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class Membership(Row):
    """A person acts for an organisation in a role."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id"),
        one_of("role", ROLES),
        Index(None, "person_id"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str]

    organisation: Mapped[Organisation] = relationship()
    person: Mapped[Person] = relationship()


class Invitation(Row):
    """A letter that asks somebody to act for an organisation; its link ends by use, by date and by withdrawal."""

    __tablename__ = "invitations"
    __table_args__ = (Index(None, "organisation_id"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    address: Mapped[str]
    role: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    link_number: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
