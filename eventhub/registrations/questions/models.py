"""Questions and their answers, and forms that are kept to be used again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.events.models import Event
from eventhub.foundation.files import MEGABYTE
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Json, Record, Row, one_of

KINDS = (
    "short_text", "long_text", "choice_one", "choice_many", "yes_no", "number", "date", "country", "organisation",
    "phone", "file", "consent",
)  # fmt: skip
# Those whose organisers write what there is to choose.
WITH_OPTIONS = ("choice_one", "choice_many")
# Those upon whose answer another question may depend.
DECISIVE = ("choice_one", "choice_many", "yes_no", "consent")
YES, NO = "yes", "no"
# Who may read answers beside the organisers of the event's own organisation.
READERS = ("co_organiser", "check_in")
MOST_QUESTIONS, MOST_OPTIONS, MOST_FILES, MOST_DAYS = 60, 60, 3, 3650
MOST_BYTES = 5 * MEGABYTE
ENDINGS = ("pdf", "docx", "odt")
# The kind of the files that are answers.
FILE = "answer"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to choose: its key never changes. `most` is how many people may choose it; none is no limit."""

    key: str
    text: Translated
    most: int | None = None
    is_retired: bool = False

    def as_json(self) -> dict[str, Any]:
        """The value as it is stored."""
        return {"key": self.key, "text": self.text.as_json(), "most": self.most, "is_retired": self.is_retired}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Option:
        """The value as it was stored."""
        return cls(value["key"], Translated.from_json(value["text"]), value["most"], value["is_retired"])


class Question(Row):
    """Something that is asked of everybody who registers for an event.

    With `condition_id` it is asked only of those who answered that earlier question with one of `condition_values`.
    `seen_by` says who reads the answers beside the event's own organisers, `keep_days` how many days after the event
    they are kept; none is as long as the registration. The answers to a sensitive one are sealed. A retired one is
    asked no more, and its answers stay.
    """

    __tablename__ = "questions"
    __table_args__ = (
        one_of("kind", KINDS),
        CheckConstraint("NOT is_sensitive OR keep_days IS NOT NULL", name="sensitive_ends"),
        Index(None, "event_id", "position"),
        Index(None, "condition_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    position: Mapped[int]
    kind: Mapped[str]
    label: Mapped[Translated]
    help: Mapped[Translated] = mapped_column(default=EMPTY)
    stored_options: Mapped[list[dict[str, Any]]] = mapped_column("options", default=list)
    is_required: Mapped[bool] = mapped_column(default=False)
    condition_id: Mapped[UUID | None] = mapped_column(ForeignKey("questions.id"))
    condition_values: Mapped[list[str]] = mapped_column(default=list)
    seen_by: Mapped[list[str]] = mapped_column(default=list)
    keep_days: Mapped[int | None]
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[datetime | None]

    @property
    def options(self) -> list[Option]:
        """All that could ever be chosen, in their order."""
        return [Option.from_json(one) for one in self.stored_options]

    @property
    def field_name(self) -> str:
        """What its field is called in a form."""
        return f"question-{self.id.hex}"

    @property
    def is_limited(self) -> bool:
        """Whether something to choose is there only so many times."""
        return any(option.most is not None for option in self.options)

    def values(self) -> list[str]:
        """The values on which another question may depend."""
        if self.kind in WITH_OPTIONS:
            return [option.key for option in self.options]
        return [YES, NO] if self.kind == "yes_no" else [YES] if self.kind == "consent" else []

    def erased_on(self, event: Event) -> date | None:
        """The day, by the event's own clock, on which the answers are erased; None where none is known."""
        last = event.last_day()
        return None if self.keep_days is None or last is None else last + timedelta(days=self.keep_days)


class Answer(Record):
    """What somebody answered: `value`, or where the question is sensitive, `sealed`."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("registration_id", "question_id"),
        CheckConstraint("value IS NULL OR sealed IS NULL", name="open_or_sealed"),
        Index(None, "question_id"),
    )

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"))
    question_id: Mapped[UUID] = mapped_column(ForeignKey("questions.id"))
    value: Mapped[Any] = mapped_column(Json, nullable=True)
    sealed: Mapped[str | None]


class ChosenOption(Record):
    """An option that an answer chose, beside the answer itself, so that a limit is counted by the database."""

    __tablename__ = "chosen_options"
    __table_args__ = (UniqueConstraint("answer_id", "key"), Index(None, "question_id", "key"))

    answer_id: Mapped[UUID] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"))
    question_id: Mapped[UUID] = mapped_column(ForeignKey("questions.id"))
    key: Mapped[str]


class FormTemplate(Row):
    """An event's questions, kept by its organisation under a name, to be asked at other events."""

    __tablename__ = "form_templates"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    questions: Mapped[list[dict[str, Any]]]
