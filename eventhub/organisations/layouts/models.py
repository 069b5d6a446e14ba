"""What an organisation's documents have in common."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Row
from eventhub.organisations.models import Organisation

LOGO, SIGNATURE = "organisation.logo", "organisation.signature"
# The two pictures: what stands in an address, and for what kind of file.
PICTURES = {"logo": LOGO, "signature": SIGNATURE}
COLOUR = "#0f6b6b"


class Layout(Row):
    """The look of an organisation's documents: `colour` as CSS writes it, the letterhead line by line."""

    __tablename__ = "layouts"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    colour: Mapped[str] = mapped_column(default=COLOUR)
    letterhead: Mapped[Translated] = mapped_column(default=EMPTY)
    logo_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id", ondelete="SET NULL"))
    signature_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id", ondelete="SET NULL"))

    organisation: Mapped[Organisation] = relationship()
