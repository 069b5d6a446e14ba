"""Answers within the use-cases of registrations: looked at under their locks, then kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import delete, select, update
from sqlalchemy.orm.attributes import flag_modified

from eventhub.events.models import Event
from eventhub.foundation import clock, files, sealing
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid
from eventhub.foundation.files import StoredFile, Upload
from eventhub.foundation.i18n import language
from eventhub.registrations.models import Consent, Registration
from eventhub.registrations.policy import is_person_of

from . import policy, queries
from .kinds import applies, clean, decided, wordings
from .models import FILE, WITH_OPTIONS, Answer, ChosenOption, Question


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers that may be kept, by the question, and the questions that were asked."""

    questions: list[Question]
    values: dict[UUID, Any]


def look_at(event: Event, given: Mapping[UUID, Any] | None, *, by_hand: bool = False) -> Answers:
    """What somebody who registers answers, without what does not apply to them; only with the pools locked.

    Nothing is `given` where whoever has just looked found that the event asks nothing: it is not looked for again.
    An organiser who does it `by_hand` may leave out what is required, and cannot agree for anybody. Raises Invalid, by
    the name of the question's field, where an answer is missing, cannot be, or is full.
    """
    if given is None:
        return Answers([], {})
    questions = queries.asked(event, queries.list_questions(event.id))
    if by_hand:
        consents = {one.id for one in questions if one.kind == "consent"}
        given = {key: value for key, value in given.items() if key not in consents}
    counted = queries.count_chosen(questions)
    return Answers(questions, _settle(questions, given, {}, counted, is_complete=not by_hand))


class Sitting:
    """What many people answer by an organiser's hand, looked at one after another: what is limited is counted once."""

    def __init__(self, event: Event) -> None:
        self.questions = queries.asked(event, queries.list_questions(event.id))
        self._counted = queries.count_chosen(self.questions)

    def look_at(self, given: Mapping[UUID, Any], before: Mapping[UUID, Any] | None = None) -> Answers:
        """What the next one answers, beside what they answered before; raises Invalid as `look_at` does."""
        before = before or {}
        values = _settle(self.questions, given, before, self._counted, is_complete=False)
        for question in self.questions:
            if question.is_limited:
                for key in decided(question, values.get(question.id)) - decided(question, before.get(question.id)):
                    self._counted[question.id, key] = self._counted.get((question.id, key), 0) + 1
        return Answers(self.questions, values)


def keep_all(answered: Iterable[tuple[Registration, Answers]]) -> None:
    """Keep what people answered who are all new; only inside a use-case that has stored them."""
    rows = [
        (question, _written(registration, question, value), value)
        for registration, answers in answered
        for question in answers.questions
        if (value := answers.values.get(question.id)) is not None
    ]
    db.session.add_all(row for _, row, _ in rows)
    db.session.flush()
    for question, row, value in rows:
        _keep_chosen(question, row, value)


def change(actor: Actor, registration: Registration, given: Mapping[UUID, Any]) -> bool:
    """Whether the answers of a registration are others now; only with the pools locked. Raises Invalid as `look_at`.

    What the actor may not answer stays as it is. Whoever changes them for somebody may leave out what is required.
    """
    event = registration.event
    questions = queries.asked(event, queries.list_questions(event.id))
    if not questions:
        return False
    allowed = {one.id for one in questions if policy.may_answer(actor, registration, one)}
    given = {key: value for key, value in given.items() if key in allowed}
    before = queries.values_of(registration.id)
    counted = queries.count_chosen(questions, besides=registration.id)
    is_person = is_person_of(actor, registration)
    values = _settle(questions, given, before, counted, is_complete=is_person)
    is_changed = keep(registration, Answers(questions, values))
    if is_changed:
        # Whoever read the registration before has read other answers: their save must meet this one.
        flag_modified(registration, "language")
    return is_changed


def keep(registration: Registration, answers: Answers, *, is_new: bool = False) -> bool:
    """Whether anything changed by keeping these answers of a registration, in the place of all others to the same."""
    if not answers.questions:
        return False
    query = select(Answer).where(Answer.registration_id == registration.id)
    rows = {} if is_new else {row.question_id: row for row in db.session.scalars(query)}
    is_changed = False
    for question in answers.questions:
        row, value = rows.get(question.id), answers.values.get(question.id)
        before = queries.value_of(row) if row else None
        if _is_same(question, before, value):
            continue
        is_changed = True
        if question.kind == "consent":
            _keep_consent(registration, question, value)
        if row and question.kind == "file":
            drop_file(before)
        if value is None:
            db.session.delete(row)
        else:
            _write(registration, question, row, value)
    db.session.flush()
    return is_changed


def _is_same(question: Question, before: Any, value: Any) -> bool:
    if question.kind == "organisation" and before and value:
        return bool(before.get("name") == value["name"])
    # What cannot be read just now is not lost because somebody saves the rest.
    return bool(before == value) or (value is None and before == queries.UNREADABLE)


def erase(question: Question) -> int:
    """All answers to a question gone, with their files and consents; how many there were. Only inside a use-case."""
    rows = db.session.scalars(select(Answer).where(Answer.question_id == question.id)).all()
    if question.kind == "file":
        for row in rows:
            drop_file(row.value)
    db.session.execute(delete(ChosenOption).where(ChosenOption.question_id == question.id))
    db.session.execute(delete(Answer).where(Answer.question_id == question.id))
    return len(rows)


def seal_all(question: Question) -> None:
    """The answers to a question that is sensitive from now on, sealed. Only inside a use-case."""
    for row in db.session.scalars(select(Answer).where(Answer.question_id == question.id, Answer.sealed.is_(None))):
        row.sealed = _sealed(row.registration_id, question.id, row.value)
        row.value = None
    db.session.execute(delete(ChosenOption).where(ChosenOption.question_id == question.id))


def _settle(
    questions: list[Question],
    given: Mapping[UUID, Any],
    before: Mapping[UUID, Any],
    counted: Mapping[tuple[UUID, str], int],
    *,
    is_complete: bool = True,
) -> dict[UUID, Any]:
    by_id, values = {one.id: one for one in questions}, dict[UUID, Any]()
    for question in questions:
        was = before.get(question.id)
        if not applies(question, by_id, lambda other: values.get(other.id)):
            if was is not None and question.condition_id not in by_id:
                values[question.id] = was  # the other is not asked any more: what was said stands
            continue
        value = clean(question, given[question.id]) if question.id in given else was
        if value is None:
            if question.is_required and is_complete:
                raise Invalid(question.field_name, missing(question))
            continue
        if question.kind in WITH_OPTIONS:
            _check_options(question, decided(question, value) - decided(question, was), counted)
        if question.kind == "consent" and was and was["wording"] in wordings(question):
            value = was  # agreed to already, in whichever language it was read
        values[question.id] = value
    return values


def missing(question: Question) -> str:
    """What is said of a question that has to be answered, and was not."""
    if question.kind == "consent":
        return str(gettext("Without your agreement here, nobody can be registered for this event."))
    return str(gettext("Please answer this question."))


def _check_options(question: Question, new: set[str], counted: Mapping[tuple[UUID, str], int]) -> None:
    """Raise Invalid where something chosen anew is not there any more: what somebody has is not taken from them."""
    for option in question.options:
        if option.key not in new:
            continue
        name = option.text.in_(language())
        if option.is_retired:
            text = gettext("“%(option)s” cannot be chosen any more. Please choose something else.", option=name)
            raise Invalid(question.field_name, text)
        if option.most is not None and counted.get((question.id, option.key), 0) >= option.most:
            text = gettext("“%(option)s” is full. Please choose something else.", option=name)
            raise Invalid(question.field_name, text)


def _write(registration: Registration, question: Question, row: Answer | None, value: Any) -> None:
    answer = _written(registration, question, value, row)
    db.session.add(answer)
    db.session.flush()
    if row and question.kind in WITH_OPTIONS:
        db.session.execute(delete(ChosenOption).where(ChosenOption.answer_id == answer.id))
    _keep_chosen(question, answer, value)


def _keep_chosen(question: Question, answer: Answer, value: Any) -> None:
    if question.kind in WITH_OPTIONS and not question.is_sensitive:
        for key in sorted(decided(question, value)):
            db.session.add(ChosenOption(answer_id=answer.id, question_id=question.id, key=key))


def _written(registration: Registration, question: Question, value: Any, row: Answer | None = None) -> Answer:
    answer = row or Answer(id=uuid4(), registration_id=registration.id, question_id=question.id)
    if isinstance(value, Upload):
        file = files.store(FILE, answer.id, value, registration.event_id)
        value = {"file_id": str(file.id), "name": file.name}
    if question.kind == "organisation":
        its_id = queries.find_organisation(value["name"])
        value = {**value, "id": str(its_id) if its_id else None}
    if question.is_sensitive:
        answer.value, answer.sealed = None, _sealed(registration.id, question.id, value)
    else:
        answer.value, answer.sealed = value, None
    return answer


def _sealed(registration_id: UUID, question_id: UUID, value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return sealing.seal("answers", text, queries.owner(registration_id, question_id))


def drop_file(value: Any) -> None:
    """The file gone that is an answer; an answer of another kind has none. Only inside a use-case."""
    file = (
        db.session.get(StoredFile, UUID(value["file_id"])) if isinstance(value, dict) and "file_id" in value else None
    )
    if file is not None:
        files.remove(file)


def _keep_consent(registration: Registration, question: Question, value: Any) -> None:
    """An agreement beside the answer, with the words that were read; one taken back stays, with the time of it."""
    purpose = f"question:{question.id}"
    mine = Consent.registration_id == registration.id, Consent.purpose == purpose
    db.session.execute(update(Consent).where(*mine, Consent.withdrawn_at.is_(None)).values(withdrawn_at=clock.now()))
    if value is None:
        return
    known = db.session.scalar(
        select(Consent).where(*mine, Consent.recipient == "", Consent.wording == value["wording"])
    )
    consent = known or Consent(registration_id=registration.id, purpose=purpose, wording=value["wording"])
    consent.language, consent.withdrawn_at = value["language"], None
    db.session.add(consent)
