"""What organisers do with the questions of an event; what was answered stays readable whatever they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.registrations.signals import (
    AnswersErased,
    QuestionBroughtBack,
    QuestionMoved,
    QuestionRemoved,
    QuestionRetired,
    QuestionSaved,
)

from . import answers, policy, queries
from .models import (
    DECISIVE,
    KINDS,
    MOST_DAYS,
    MOST_FILES,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    READERS,
    WITH_OPTIONS,
    Option,
    Question,
)

MOST_CHOOSERS = 100_000


@dataclass(frozen=True, slots=True)
class QuestionPlan:
    """What organisers say of a question: its columns of the same names. An option without a key is a new one."""

    kind: str
    label: Translated
    help: Translated = EMPTY
    options: Sequence[Option] = ()
    is_required: bool = False
    condition_id: UUID | None = None
    condition_values: Sequence[str] = ()
    seen_by: Sequence[str] = ()
    keep_days: int | None = None
    is_sensitive: bool = False

    @classmethod
    def of(cls, question: Question) -> QuestionPlan:
        """What is said of a question now."""
        return cls(**{column.name: getattr(question, column.name) for column in fields(cls)})


@dataclass(frozen=True, slots=True)
class Words:
    """What a translator writes of a question in a language; options by their keys."""

    lang: str
    label: str
    help: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def over(self, text: Translated, said: str) -> Translated:
        """A text with what is said in this language; one that there is not, or that is of it, stays."""
        return text.edited({self.lang: said}) if text and text.source != self.lang else text


@use_case
def save_question(
    actor: Actor, event_id: UUID, plan: QuestionPlan, question_id: UUID | None = None, version: int | None = None
) -> Question:
    """The question by another plan, or a new one at the end of the form.

    Once it is answered its kind stays, an option that was chosen is only retired, and what those who answered were
    told holds: no more people read it, and it is kept no longer. Raises Stale where somebody saved it since
    `version`, and Invalid where something cannot be.
    """
    event, questions = lock_form(actor, event_id)
    question = _of(questions, question_id) if question_id else None
    if question is not None:
        check_version(question, version)
    check(plan, questions, question)
    if question is None:
        question = Question(event_id=event.id, position=next_position(questions), kind=plan.kind)
    elif queries.answered([question]):
        _check_promises(question, plan)
        if plan.is_sensitive and not question.is_sensitive:
            answers.seal_all(question)
    write(question, plan)
    announce(QuestionSaved(event.id, question.id))
    return question


@use_case
def translate_question(
    actor: Actor, event_id: UUID, question_id: UUID, words: Words, version: int | None = None
) -> None:
    """The question's texts in another language than each was written in; what it asks, and of whom, stays.

    Raises Stale where somebody saved it since `version`.
    """
    event = get(Event, event_id, lock=True)
    require(policy.may_translate_form(actor, event), hidden=True)
    question = _of(queries.list_questions(event.id), question_id)
    check_version(question, version)
    plan = QuestionPlan.of(question)
    options = [replace(one, text=words.over(one.text, words.options.get(one.key, ""))) for one in plan.options]
    label, help_ = words.over(plan.label, words.label), words.over(plan.help, words.help)
    write(question, replace(plan, label=label, help=help_, options=options))
    announce(QuestionSaved(event.id, question.id))


@use_case
def move_question(actor: Actor, event_id: UUID, question_id: UUID, *, up: bool) -> None:
    """The question one place earlier or later among those that are asked; at either end it stays.

    Raises Conflict where it would come before the one on which it depends.
    """
    event, questions = lock_form(actor, event_id)
    question = _of(questions, question_id)
    asked = [one for one in questions if one.retired_at is None]
    if question not in asked:
        return
    there = asked.index(question) + (-1 if up else 1)
    if not 0 <= there < len(asked):
        return
    other = asked[there]
    first, second = (other, question) if up else (question, other)
    if second.condition_id == first.id:
        raise Conflict(gettext("A question that depends on another comes after it."))
    question.position, other.position = other.position, question.position
    announce(QuestionMoved(event.id, question.id))


@use_case
def retire_question(actor: Actor, event_id: UUID, question_id: UUID) -> None:
    """The question asked no more; its answers stay. Raises Conflict while another depends on it."""
    event, questions = lock_form(actor, event_id)
    question = _of(questions, question_id)
    _check_independent(question, [one for one in questions if one.retired_at is None])
    if question.retired_at is None:
        question.retired_at = clock.now()
        announce(QuestionRetired(event.id, question.id))


@use_case
def bring_back_question(actor: Actor, event_id: UUID, question_id: UUID) -> None:
    """A question that was retired asked again, at the end of the form.

    Raises Conflict while the one on which it depends is retired.
    """
    event, questions = lock_form(actor, event_id)
    question = _of(questions, question_id)
    if question.retired_at is None:
        return
    if any(one.id == question.condition_id and one.retired_at for one in questions):
        raise Conflict(gettext("This question depends on another one that is not asked. Bring that one back first."))
    check_room(question.kind, questions)
    question.retired_at, question.position = None, next_position(questions)
    announce(QuestionBroughtBack(event.id, question.id))


@use_case
def remove_question(actor: Actor, event_id: UUID, question_id: UUID) -> None:
    """No such question any more. Raises Conflict where it was answered, or another depends on it."""
    event, questions = lock_form(actor, event_id)
    question = _of(questions, question_id)
    if queries.answered([question]):
        raise Conflict(gettext("This question has been answered: it can only be retired."))
    _check_independent(question, questions)
    db.session.delete(question)
    announce(QuestionRemoved(event.id, question.id))


@use_case
def erase_answers(actor: Actor, event_id: UUID) -> int:
    """The answers gone that were to be kept until today; how many there were. Questions stay."""
    event, questions = lock_form(actor, event_id)
    today, total = clock.wall(clock.now(), event.zone).date(), 0
    due = [one for one in questions if queries.is_over(one.erased_on(event), today)]
    answered = queries.answered(due)
    for question in [one for one in due if one.id in answered]:
        number = answers.erase(question)
        announce(AnswersErased(event.id, question.id, number))
        total += number
    return total


def lock_form(actor: Actor, event_id: UUID) -> tuple[Event, list[Question]]:
    """The event and its questions for whoever may change them; nobody registers or answers until the commit."""
    event = get(Event, event_id, lock=True)
    require(policy.may_edit_form(actor, event), hidden=True)
    return event, queries.list_questions(event.id)


def next_position(questions: Sequence[Question]) -> int:
    """A position behind all others."""
    return max((one.position for one in questions), default=-1) + 1


def write(question: Question, plan: QuestionPlan) -> None:
    """Let a question be as the plan says, its new options with keys of their own. Only inside a use-case."""
    before = {option.key for option in question.options} if question.stored_options else set[str]()
    options = list(plan.options)
    numbers = (f"o{number}" for number in range(1, 10_000))
    free = (key for key in numbers if key not in before and key not in {option.key for option in options})
    options = [option if option.key else replace(option, key=next(free)) for option in options]
    for column in fields(QuestionPlan):
        if column.name != "options":
            value: Any = getattr(plan, column.name)
            setattr(question, column.name, list(value) if isinstance(value, tuple | list) else value)
    question.stored_options = [option.as_json() for option in options]
    db.session.add(question)
    db.session.flush()


def _of(questions: Sequence[Question], question_id: UUID) -> Question:
    for question in questions:
        if question.id == question_id:
            return question
    raise NotFound


def check_room(kind: str, questions: Sequence[Question]) -> None:
    """Raise Conflict where no question of this kind can be asked beside these."""
    asked = [one for one in questions if one.retired_at is None]
    if len(asked) >= MOST_QUESTIONS:
        raise Conflict(gettext("%(most)s questions at most.", most=MOST_QUESTIONS))
    if kind == "file" and sum(one.kind == "file" for one in asked) >= MOST_FILES:
        raise Conflict(gettext("%(most)s questions for files at most.", most=MOST_FILES))


def _check_independent(question: Question, others: Sequence[Question]) -> None:
    if any(one.condition_id == question.id for one in others):
        raise Conflict(gettext("Another question depends on this one. Change that first."))


def check(plan: QuestionPlan, questions: Sequence[Question], question: Question | None) -> None:
    """Raise Invalid, or Conflict where there are too many, for a question that cannot be asked beside these."""
    if plan.kind not in KINDS:
        raise Invalid("kind", gettext("Choose one from the list."))
    if question is None:
        check_room(plan.kind, questions)
    elif plan.kind != question.kind:
        raise Invalid("kind", gettext("The kind of a question stays. Retire this one and add another."))
    if not plan.label:
        raise Invalid("label", gettext("Please write the question."))
    if set(plan.seen_by) - set(READERS):
        raise Invalid("seen_by", gettext("Choose from the list."))
    if plan.keep_days is not None and not 1 <= plan.keep_days <= MOST_DAYS:
        raise Invalid("keep_days", gettext("A number of days from 1 to %(most)s.", most=MOST_DAYS))
    if plan.is_sensitive and plan.keep_days is None:
        raise Invalid("keep_days", gettext("Say how many days after the event sensitive answers are kept."))
    if plan.is_sensitive and plan.kind in {"file", "consent"}:
        raise Invalid(
            "is_sensitive", gettext("Files and consents are not stored encrypted. Ask for it in words instead.")
        )
    _check_options(plan, question)
    _check_condition(plan, questions, question)


def _check_options(plan: QuestionPlan, question: Question | None) -> None:
    if plan.kind not in WITH_OPTIONS:
        if plan.options:
            raise Invalid("options", gettext("There is nothing to choose in a question of this kind."))
        return
    if not any(not option.is_retired for option in plan.options):
        raise Invalid("options", gettext("Write at least one option."))
    if len(plan.options) > MOST_OPTIONS:
        raise Invalid("options", gettext("%(most)s options at most.", most=MOST_OPTIONS))
    if not all(option.text for option in plan.options):
        raise Invalid("options", gettext("Each option needs a text."))
    limits = [option.most for option in plan.options if option.most is not None]
    if any(not 0 <= most <= MOST_CHOOSERS for most in limits):
        raise Invalid("options", gettext("A limit is a whole number, 0 or more."))
    if limits and plan.is_sensitive:
        text = gettext("Encrypted answers cannot be counted: a sensitive question has no limits.")
        raise Invalid("options", text)
    known = {option.key for option in question.options} if question else set[str]()
    given = [option.key for option in plan.options if option.key]
    if set(given) - known or len(given) != len(set(given)):
        raise Invalid("options", gettext("Choose from the list."))
    if question is not None and (lost := known - set(given)) and lost & queries.chosen_keys(question):
        raise Invalid("options", gettext("An option that was chosen can only be retired."))


def _check_condition(plan: QuestionPlan, questions: Sequence[Question], question: Question | None) -> None:
    if plan.condition_id is None:
        return
    other = next((one for one in questions if one.id == plan.condition_id and one.retired_at is None), None)
    comes_first = other is not None and (question is None or other.position < question.position)
    if other is None or other.kind not in DECISIVE or not comes_first:
        raise Invalid("condition", gettext("A question can depend on an earlier one that has answers to choose."))
    if not plan.condition_values or set(plan.condition_values) - set(other.values()):
        raise Invalid("condition", gettext("Choose from the list."))
    if other.is_sensitive and not (plan.is_sensitive and set(plan.seen_by) <= set(other.seen_by)):
        # Otherwise that somebody was asked would tell what they had answered.
        text = gettext("It depends on a sensitive question: it has to be sensitive too, with no more readers.")
        raise Invalid("condition", text)


def _check_promises(question: Question, plan: QuestionPlan) -> None:
    if set(plan.seen_by) - set(question.seen_by):
        text = gettext("Those who answered were told who reads it. There can be fewer readers now, not more.")
        raise Invalid("seen_by", text)
    if question.keep_days is not None and (plan.keep_days is None or plan.keep_days > question.keep_days):
        text = gettext("Those who answered were told how long it is kept. It can be kept shorter now, not longer.")
        raise Invalid("keep_days", text)
    if question.is_sensitive and not plan.is_sensitive:
        raise Invalid("is_sensitive", gettext("Those who answered were told that it is stored encrypted."))
