"""Certificates: what those of an event say, and each one that was issued."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.attendance.models import WalkIn
from eventhub.events.models import Event
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Record, Row, one_of
from eventhub.programme.models import Speaker
from eventhub.registrations.models import Registration

KINDS = ("attendance", "speaking")
FORMS = ("en", "zh", "both")


class CertificatePlan(Row):
    """What the certificates of an event say, in which languages, and who gets one.

    Of the sessions that people are checked in to, somebody was at `least_sessions` or more, and at `least_share` per
    cent of them; 0 asks for no more than to have come. In `text` and `speaking_text` words in braces stand for what
    differs from one to another; empty ones are our own.
    """

    __tablename__ = "certificate_plans"
    __table_args__ = (one_of("form", FORMS),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
    form: Mapped[str] = mapped_column(default="both")
    least_sessions: Mapped[int] = mapped_column(default=0)
    least_share: Mapped[int] = mapped_column(default=0)
    title: Mapped[Translated] = mapped_column(default=EMPTY)
    text: Mapped[Translated] = mapped_column(default=EMPTY)
    speaking_text: Mapped[Translated] = mapped_column(default=EMPTY)
    signatory: Mapped[Translated] = mapped_column(default=EMPTY)
    signatory_title: Mapped[Translated] = mapped_column(default=EMPTY)


class Certificate(Record):
    """A certificate as it was issued: `said` holds every word on it, and does not change with what it was made from.

    It is looked up by the digest of its `code`, 128 random bits, so that no index tells how near a guess came. Whoever
    was erased has neither name nor words here any more, and the certificate is revoked.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        one_of("kind", KINDS),
        Index(None, "event_id", "created_at"),
        Index(None, "registration_id"),
        Index(None, "speaker_id"),
        Index(None, "walk_in_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    kind: Mapped[str]
    registration_id: Mapped[UUID | None] = mapped_column(ForeignKey("registrations.id"))
    speaker_id: Mapped[UUID | None] = mapped_column(ForeignKey("speakers.id"))
    walk_in_id: Mapped[UUID | None] = mapped_column(ForeignKey("walk_ins.id"))
    code: Mapped[str]
    code_digest: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)
    person_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    registration: Mapped[Registration | None] = relationship()
    speaker: Mapped[Speaker | None] = relationship()
    walk_in: Mapped[WalkIn | None] = relationship()

    @property
    def whose_id(self) -> UUID | None:
        """The registration, the speaker or the walk-in that it was issued to."""
        return self.registration_id or self.speaker_id or self.walk_in_id
