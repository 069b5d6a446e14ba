"""What is given to read beside a session."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation.files import MEGABYTE, StoredFile
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Row, one_of
from eventhub.people.models import Person
from eventhub.programme.models import ProgrammeSession, SessionRole

KINDS = ("slides", "handout")
STATES = ("held", "released")
# What may be sent, by the ending of its name. Old PowerPoint files hide their programs where nobody can look.
ENDINGS = {"slides": ("pdf", "pptx", "odp", "key"), "handout": ("pdf", "docx", "odt")}
MOST_BYTES = 25 * MEGABYTE
# The kind of the files that are materials.
FILE = "material"


class Material(Row):
    """A file for a session: the slides of somebody's part in it, or a handout of the session's own.

    A part has one set of slides. Those whose part is no longer there stay for the organisers to see, and for
    nobody else.
    """

    __tablename__ = "materials"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("state", STATES),
        UniqueConstraint("role_id"),
        UniqueConstraint("file_id"),
        Index(None, "event_id", "state"),
        Index(None, "session_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    role_id: Mapped[UUID | None] = mapped_column(ForeignKey("session_roles.id", ondelete="SET NULL"))
    kind: Mapped[str]
    title: Mapped[Translated] = mapped_column(default=EMPTY)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"))
    state: Mapped[str] = mapped_column(default="held")
    uploader_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    session: Mapped[ProgrammeSession] = relationship()
    role: Mapped[SessionRole | None] = relationship()
    file: Mapped[StoredFile] = relationship()
    uploader: Mapped[Person | None] = relationship()

    @property
    def is_released(self) -> bool:
        """Whether an organiser has let it go out."""
        return self.state == "released"

    @property
    def names_a_speaker(self) -> bool:
        """Whether to show it is to show who spoke."""
        return self.kind == "slides"
