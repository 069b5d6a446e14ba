"""The fields in which questions are answered, in whichever form they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar, cast
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import StopValidation

from eventhub.foundation.errors import Invalid
from eventhub.foundation.files_web import DocumentField
from eventhub.foundation.forms import CountryField, TickList, choices, tidy
from eventhub.foundation.i18n import digest, language

from . import words
from .answers import missing
from .kinds import applies, clean, decided, has_calling_code, wordings
from .models import ENDINGS, MOST_BYTES, WITH_OPTIONS, Option, Question
from .queries import UNREADABLE

# More than these to choose from are a list that opens.
MOST_BUTTONS = 8
Counts = Mapping[tuple[UUID, str], int]


class ConsentField(BooleanField):
    """A box whose value is what the words beside it are known by: other words are not agreed to by it."""

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        self.known_by = digest(question.label.in_(language()))
        self.read = ""
        super().__init__(*args, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was ticked, as long as the words are those that were read."""
        self.read = valuelist[0] if valuelist else ""
        self.data = self.read == self.known_by

    def _value(self) -> str:
        return self.known_by


class Reply:
    """What a field of a question must hold, where the question applies to whoever fills in the form."""

    def __init__(self, question: Question, *, is_required: bool) -> None:
        self.question = question
        self.is_required = is_required
        self.field_flags = {"required": True} if is_required else {}

    def __call__(self, form: Asked, field: Field) -> None:
        if not form.applies(self.question):
            field.errors = []
            raise StopValidation
        if field.errors:
            raise StopValidation
        if self.question.kind == "file":
            if self.is_required and not field.data and self.question.id not in form.known:
                raise StopValidation(missing(self.question))
            return
        try:
            value = clean(self.question, form.given(self.question, field))
        except Invalid as refusal:
            raise StopValidation(refusal.message) from None
        if self.question.kind == "phone" and value and form.lacks_country(value, form.known.get(self.question.id)):
            raise StopValidation(
                gettext("Please begin with the country code, as in +86 10 1234 5678, or choose your country or region.")
                if "country" in form
                else gettext("Please begin with the country code, as in +86 10 1234 5678.")
            )
        if value is None and self.is_required:
            raise StopValidation(missing(self.question))


class Asked(Form):
    """The part of a form that an event's questions are; most have none.

    `asked` are the questions with a field here, `known` what was answered before to them and others.
    """

    asked: ClassVar[Sequence[Question]] = ()
    others: ClassVar[Mapping[UUID, Question]] = {}
    known: ClassVar[Mapping[UUID, Any]] = {}

    def applies(self, question: Question) -> bool:
        """Whether a question is asked of whoever said what stands in the form now."""
        return applies(question, self.others, self._said)

    def _said(self, question: Question) -> Any:
        if question.field_name not in self._fields:
            return self.known.get(question.id)
        if question.kind == "consent":
            return self[question.field_name].data
        return self[question.field_name].data or None

    @property
    def question_fields(self) -> list[tuple[Question, Field]]:
        """The questions with their fields, in order."""
        return [(question, self[question.field_name]) for question in self.asked]

    @property
    def has_files(self) -> bool:
        """Whether some answer is a file, which a browser sends in another way."""
        return any(question.kind == "file" for question in self.asked)

    @property
    def has_conditions(self) -> bool:
        """Whether some question is asked only of those who answered another in some way."""
        return any(question.condition_id for question in self.asked)

    def condition(self, question: Question) -> dict[str, str]:
        """What a script needs to know of a question that may not apply; nothing where it always does."""
        other = self.others.get(question.condition_id) if question.condition_id else None
        if other is None or other.field_name not in self._fields:
            return {}
        values = question.condition_values
        if other.kind == "consent":
            values = list(wordings(other))
        # By the name that it has here: in a row of a list it is another than in a form.
        field = self[other.field_name].name
        return {"field": field, "values": " ".join(values), "words": words.condition(question, self.others)}

    def removal(self, question: Question) -> Field | None:
        """The box by which a file that was sent is taken back, where there is one that need not be there."""
        return self._fields.get(f"{question.field_name}-remove")

    @property
    def dialled_in(self) -> str | None:
        """The country whose telephone numbers need no code here: none was chosen, or none is asked for (None)."""
        return self["country"].data or "" if "country" in self._fields else None

    def lacks_country(self, value: Mapping[str, str], before: Any) -> bool:
        """Whether nobody could say in which country a telephone number is; what was taken once stays as it is."""
        is_known = isinstance(before, dict) and before.get("typed") == value["typed"]
        return self.dialled_in == "" and not has_calling_code(value["typed"]) and not is_known

    def given(self, question: Question, field: Field) -> Any:
        """What a field of a question says, as its answer is given."""
        if isinstance(field, ConsentField):
            return field.read or None
        if question.kind == "phone" and field.data and self.dialled_in:
            return {"typed": field.data, "country": self.dialled_in}
        return field.data

    @contextmanager
    def answers(self) -> Iterator[dict[UUID, Any]]:
        """What was answered, by the question; the files that were sent are there until the end of the block.

        Raises Invalid, by the name of its field, where a file is not what it should be.
        """
        with ExitStack() as stack:
            said: dict[UUID, Any] = {}
            for question, field in self.question_fields:
                if question.kind != "file":
                    said[question.id] = self.given(question, field)
                elif field.data and self.applies(question):
                    try:
                        said[question.id] = stack.enter_context(cast(DocumentField, field).received())
                    except Invalid as refusal:
                        raise Invalid(question.field_name, refusal.message) from None
                elif (removal := self.removal(question)) is not None and removal.data:
                    said[question.id] = None
            yield said

    def blame_answer(self, refusal: Invalid) -> bool:
        """Show a refusal beside the field of the question that it is about, if it is about one."""
        field = self._fields.get(refusal.field) if refusal.field.startswith("question-") else None
        if field is not None:
            field.errors = [*field.errors, refusal.message]
        return field is not None


def with_questions(
    form_class: Any,
    questions: Iterable[Question],
    counted: Counts,
    *,
    known: Mapping[UUID, Any] | None = None,
    fields_for: Iterable[Question] | None = None,
    is_complete: bool = True,
) -> Any:
    """The class of a form that asks these questions too; the same class where nothing is asked.

    `fields_for` are those of them to which there is a field, if not to all. Without `is_complete` none must be
    answered.
    """
    questions = list(questions)
    asked = questions if fields_for is None else list(fields_for)
    if not questions:
        return form_class
    known = known or {}
    fields = {
        question.field_name: _field(
            question, known.get(question.id), counted, is_required=question.is_required and is_complete
        )
        for question in asked
    }
    for question in asked:
        if question.kind == "file" and question.id in known and not (question.is_required and is_complete):
            fields[f"{question.field_name}-remove"] = BooleanField(_l("Remove the file"))
    about = {"asked": asked, "others": {one.id: one for one in questions}, "known": known}
    return type(form_class.__name__, (form_class,), {**fields, **about})


def initial(questions: Iterable[Question], known: Mapping[UUID, Any]) -> dict[str, Any]:
    """What the fields of questions begin with."""
    return {one.field_name: _shown(one, known[one.id]) for one in questions if one.id in known}


def _shown(question: Question, value: Any) -> Any:
    if value == UNREADABLE or question.kind == "file":
        return None
    if question.kind == "consent":
        return value["wording"] in wordings(question)
    if isinstance(value, dict):
        return value["typed" if question.kind == "phone" else "name"]
    return value


def _field(question: Question, value: Any, counted: Counts, *, is_required: bool) -> Any:
    label: Any = question.label.in_(language())
    how: dict[str, Any] = {"validators": [Reply(question, is_required=is_required)]}
    if question.kind == "consent":
        return ConsentField(label, question=question, **how)
    if question.kind == "file":
        return DocumentField(label, allowed=ENDINGS, most_bytes=MOST_BYTES, **how)
    if question.kind == "country":
        return CountryField(label, **how)
    if question.kind == "yes_no":
        return _radios(label, {key: str(word) for key, word in words.YES_NO.items()}, how, is_required=is_required)
    if question.kind in WITH_OPTIONS:
        chosen = decided(question, value)
        offered = [one for one in question.options if not one.is_retired or one.key in chosen]
        named = {one.key: _option(question, one, counted) for one in offered}
        if question.kind == "choice_many":
            return TickList(label, choices=choices(named), validate_choice=False, **how)
        return _radios(label, named, how, is_required=is_required)
    if question.kind == "long_text":
        return TextAreaField(label, filters=[tidy], **how)
    return StringField(label, filters=[tidy], render_kw=_INPUTS.get(question.kind), **how)


_INPUTS = {
    "number": {"inputmode": "decimal", "autocomplete": "off"},
    "date": {"type": "date", "placeholder": "2019-10-23"},
    "phone": {"type": "tel", "autocomplete": "tel"},
    "organisation": {"list": "directory", "autocomplete": "organization"},
}


def _radios(label: Any, named: Mapping[str, str], how: Mapping[str, Any], *, is_required: bool) -> Any:
    if len(named) > MOST_BUTTONS:
        return SelectField(label, choices=choices({"": _l("Please choose"), **named}), validate_choice=False, **how)
    nothing = {} if is_required else {"": _l("No answer")}
    # Nothing is chosen before somebody chooses it, not even to say nothing where that is not allowed.
    return RadioField(
        label, choices=choices({**nothing, **named}), validate_choice=False, default=None if is_required else "", **how
    )


def _option(question: Question, option: Option, counted: Counts) -> str:
    name = str(option.text.in_(language()))
    if option.most is None:
        return name
    left = max(0, option.most - counted.get((question.id, option.key), 0))
    if not left:
        return str(gettext("%(option)s (full)", option=name))
    return str(gettext("%(option)s (%(num)s left)", option=name, num=left))
