"""What organisers fill in about a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, FormField, HiddenField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of an older version
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from eventhub.events.models import Event
from eventhub.foundation.forms import (
    EditForm,
    RowForm,
    RowList,
    TickList,
    choices,
    line,
    passage,
    rows_of,
    texts_of,
    written,
)
from eventhub.foundation.i18n import EMPTY, language

from . import words
from .models import DECISIVE, MOST_DAYS, MOST_OPTIONS, WITH_OPTIONS, FormTemplate, Option, Question
from .services import MOST_CHOOSERS, QuestionPlan, Words

# New rows of a question that has none yet.
FIRST_ROWS = 3


class OptionRow(RowForm):
    """Something to choose, and how many people may choose it."""

    told_by = ("text_en", "text_zh")

    key = HiddenField()
    text_en = line(_l("Option in English"), 300)
    text_zh = line(_l("Option in Chinese"), 300)
    most = IntegerField(
        _l("At most"), [Optional(), NumberRange(0, MOST_CHOOSERS, _l("A limit is a whole number, 0 or more."))]
    )
    place = IntegerField(
        _l("Place in the list"),
        [Optional(), NumberRange(1, MOST_OPTIONS, _l("A place is a number from 1 to %(most)s.", most=MOST_OPTIONS))],
    )
    is_retired = BooleanField(_l("Not to be chosen any more"))
    remove = BooleanField(_l("Remove"))

    def option(self, before: Option | None, main: str) -> Option:
        """What the row says."""
        text = written(self, "text", before.text if before else EMPTY, main)
        return Option(before.key if before else "", text, self.most.data, bool(self.is_retired.data))


class QuestionForm(EditForm):
    """A question of some kind; fields that its kind does not have are left out."""

    label_en = line(_l("Question in English"), 500)
    label_zh = line(_l("Question in Chinese"), 500)
    help_en = line(_l("Help in English"), 500)
    help_zh = line(_l("Help in Chinese"), 500)
    options = RowList(FormField(OptionRow), max_entries=MOST_OPTIONS)
    is_required = BooleanField(_l("It has to be answered"))
    condition = TickList(_l("Ask it only of those who answered"))
    seen_by = TickList(_l("Who reads the answers beside the organisers"), choices=choices(words.READERS))
    keep_days = IntegerField(
        _l("Days after the event until the answers are erased"),
        [Optional(), NumberRange(1, MOST_DAYS, _l("A number of days from 1 to %(most)s.", most=MOST_DAYS))],
    )
    is_sensitive = BooleanField(_l("Sensitive: answers are stored encrypted"))

    @classmethod
    def of(cls, kind: str, question: Question | None, earlier: Sequence[Question], **options: Any) -> QuestionForm:
        """The form over a question as it is, or for one of a kind that there is not."""
        plan = QuestionPlan.of(question) if question else QuestionPlan(kind, EMPTY)
        rows: list[dict[str, Any]] = [
            {
                "key": one.key,
                "most": one.most,
                "place": place,
                "is_retired": one.is_retired,
                **texts_of(text=one.text),
            }
            for place, one in enumerate(plan.options, 1)
        ]
        if question is None and kind in WITH_OPTIONS:
            rows = [{} for _ in range(FIRST_ROWS)]
        data: dict[str, Any] = {
            **texts_of(label=plan.label, help=plan.help),
            "options": rows,
            "is_required": plan.is_required,
            "condition": [f"{plan.condition_id}:{value}" for value in plan.condition_values],
            "seen_by": list(plan.seen_by),
            "keep_days": plan.keep_days,
            "is_sensitive": plan.is_sensitive,
        }
        form = (ConsentForm if kind == "consent" else cls)(data=data, **options)
        form.condition.choices = [
            SelectChoice(
                f"{other.id}:{value}",
                f"{other.label.in_(language())} → {words.value_word(other, value)}",
            )
            for other in earlier
            if other.kind in DECISIVE
            for value in other.values()
        ]
        if not form.condition.choices:
            del form.condition
        if kind not in WITH_OPTIONS:
            del form.options
        if kind in {"file", "consent"}:
            del form.is_sensitive
        return form

    def plan(self, kind: str, before: Question | None, event: Event) -> QuestionPlan:
        """What was said of the question."""
        chosen = [value.partition(":") for value in (self.condition.data or ())] if "condition" in self else []
        others = {UUID(other) for other, _, _ in chosen}
        known = {one.key: one for one in before.options} if before else {}
        main = event.main_language
        rows = _in_order(rows_of(self.options), known) if "options" in self else []
        return QuestionPlan(
            kind=kind,
            label=written(self, "label", before.label if before else EMPTY, main),
            help=written(self, "help", before.help if before else EMPTY, main),
            options=[row.option(known.get(row.key.data or ""), main) for row in rows],
            is_required=self.is_required.data,
            condition_id=next(iter(others), None),
            # Values of two questions are none that either of them has.
            condition_values=[value if len(others) == 1 else "" for _, _, value in chosen],
            seen_by=self.seen_by.data or (),
            keep_days=self.keep_days.data,
            is_sensitive="is_sensitive" in self and self.is_sensitive.data,
        )


def _in_order(rows: Sequence[OptionRow], known: Mapping[str, Option]) -> list[OptionRow]:
    """The rows by the places they were given; one that was moved comes to stand at its number, whoever was there."""
    stood = {key: place for place, key in enumerate(known, 1)}

    def rank(number: int, row: OptionRow) -> tuple[int, int, int]:
        before = stood.get(row.key.data or "")
        if before is None or row.place.data is None:
            return (before or MOST_OPTIONS + number), 0, number
        return row.place.data, (row.place.data > before) - (row.place.data < before), number

    return [row for _, row in sorted(enumerate(rows, 1), key=lambda one: rank(*one))]


class ConsentForm(QuestionForm):
    """A consent: its words may be longer than a question's."""

    label_en = passage(_l("What is agreed to, in English"), 2000)
    label_zh = passage(_l("What is agreed to, in Chinese"), 2000)


class WordsRow(RowForm):
    """An option in the other language."""

    told_by = ("key",)

    key = HiddenField()
    text = line(_l("Option"), 300)


class WordsForm(EditForm):
    """A question's texts in the language that it was not written in."""

    label = passage(_l("Question"), 2000)
    help = line(_l("Help"), 500)
    options = RowList(FormField(WordsRow), max_entries=MOST_OPTIONS)

    @classmethod
    def of(cls, question: Question, lang: str, **options: Any) -> WordsForm:
        """The form over what is said in a language so far."""
        rows = [{"key": one.key, "text": one.text.texts.get(lang, "")} for one in question.options]
        data = {"label": question.label.texts.get(lang), "help": question.help.texts.get(lang), "options": rows}
        form = cls(data=data, **options)
        if not rows:
            del form.options
        if not question.help:
            del form.help
        return form

    def words(self, lang: str) -> Words:
        """What was written."""
        rows = rows_of(self.options) if "options" in self else []
        told = {row.key.data: row.text.data or "" for row in rows}
        return Words(lang, self.label.data or "", (self.help.data or "") if "help" in self else "", told)


class TemplateForm(FlaskForm):
    """The name under which an organisation keeps a form."""

    name = StringField(_l("Name of the form"), [DataRequired(message=_l("Please name the form.")), Length(max=200)])


class TakeForm(FlaskForm):
    """Which kept form is taken."""

    template = SelectField(_l("Form"), coerce=str)

    def offer(self, templates: Iterable[FormTemplate]) -> None:
        """Fill the list."""
        named = {
            str(one.id): gettext("%(name)s (questions: %(num)s)", name=one.name, num=len(one.questions))
            for one in templates
        }
        self.template.choices = choices(named)
