"""Finding questions and answers, and counting what was chosen."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select

from eventhub.events.models import Event, Partner
from eventhub.foundation import clock, sealing
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import language
from eventhub.organisations.models import Organisation
from eventhub.registrations.models import ENDED, Place, Registration

from . import policy
from .models import FILE, Answer, ChosenOption, FormTemplate, Question

MOST_LISTED = 300
# An answer that no key of this site opens any more.
UNREADABLE = {"unreadable": True}


# Made once: whoever registers asks it several times.
_OF_EVENT = select(Question).where(Question.event_id == bindparam("event_id")).order_by(Question.position, Question.id)


def list_questions(event_id: UUID) -> list[Question]:
    """All questions of an event in their order, retired ones too."""
    return list(db.session.scalars(_OF_EVENT, {"event_id": event_id}))


def asked(event: Event, questions: Iterable[Question]) -> list[Question]:
    """Those of the questions that are asked now: not those that are retired, nor those whose answers were erased."""
    today = clock.wall(clock.now(), event.zone).date()
    return [one for one in questions if one.retired_at is None and not is_over(one.erased_on(event), today)]


def is_over(day: date | None, today: date) -> bool:
    """Whether the day on which answers are erased has come."""
    return day is not None and day <= today


def get_question(event: Event, question_id: UUID) -> Question:
    """A question, if it is one of this event; raises NotFound."""
    found = db.session.get(Question, question_id)
    if found is None or found.event_id != event.id:
        raise NotFound
    return found


def answered(questions: Collection[Question]) -> set[UUID]:
    """Those of the questions that somebody has answered, by their ids."""
    ids = [one.id for one in questions]
    query = select(Question.id).where(Question.id.in_(ids), exists().where(Answer.question_id == Question.id))
    return set(db.session.scalars(query)) if ids else set()


def chosen_keys(question: Question) -> set[str]:
    """The options that somebody chose; of a sensitive question, which cannot be looked into, all once it is answered.

    An answer of somebody who cancelled counts too: it can still be read.
    """
    if question.is_sensitive:
        return {option.key for option in question.options} if answered([question]) else set()
    return set(db.session.scalars(select(ChosenOption.key).where(ChosenOption.question_id == question.id).distinct()))


def count_chosen(questions: Iterable[Question], besides: UUID | None = None) -> dict[tuple[UUID, str], int]:
    """How many people have chosen each option of those questions that have limits, who did not give up their place.

    Whoever waits for a place holds what they chose meanwhile. `besides` leaves one registration out.
    """
    limited = [one.id for one in questions if one.is_limited]
    if not limited:
        return {}
    query = (
        select(ChosenOption.question_id, ChosenOption.key, func.count())
        .join(Answer, Answer.id == ChosenOption.answer_id)
        .join(Place, Place.registration_id == Answer.registration_id)
        .where(ChosenOption.question_id.in_(limited), Place.is_main, Place.state.not_in(ENDED))
        .group_by(ChosenOption.question_id, ChosenOption.key)
    )
    if besides is not None:
        query = query.where(Answer.registration_id != besides)
    return {(question_id, key): number for question_id, key, number in db.session.execute(query)}


def owner(registration_id: UUID, question_id: UUID) -> str:
    """What a sealed answer is bound to."""
    return f"{registration_id}/{question_id}"


def value_of(answer: Answer) -> Any:
    """What an answer says."""
    if answer.sealed is None:
        return answer.value
    text = sealing.unseal("answers", answer.sealed, owner(answer.registration_id, answer.question_id))
    return UNREADABLE if text is None else json.loads(text)


def values_of(registration_id: UUID) -> dict[UUID, Any]:
    """All that a registration's person answered, by the question."""
    rows = db.session.scalars(select(Answer).where(Answer.registration_id == registration_id))
    return {row.question_id: value_of(row) for row in rows}


def values_of_all(
    registration_ids: Collection[UUID], question_ids: Collection[UUID]
) -> Mapping[UUID, Mapping[UUID, Any]]:
    """What some people answered to some questions, by the registration and the question."""
    query = select(Answer).where(Answer.registration_id.in_(registration_ids), Answer.question_id.in_(question_ids))
    found: dict[UUID, dict[UUID, Any]] = defaultdict(dict)
    for row in db.session.scalars(query):
        found[row.registration_id][row.question_id] = value_of(row)
    return found


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and what somebody answered."""

    question: Question
    value: Any


def list_readable(actor: Actor, event: Event) -> list[Question]:
    """The questions whose answers the actor may read, those too that are asked no more but were answered."""
    readable = [one for one in list_questions(event.id) if policy.may_read_answers(actor, event, one)]
    old = answered([one for one in readable if one.retired_at is not None])
    return [one for one in readable if one.retired_at is None or one.id in old]


def list_answered(questions: Iterable[Question], values: Mapping[UUID, Any]) -> list[Answered]:
    """Those of the questions that were answered, with the answers."""
    return [Answered(one, values[one.id]) for one in questions if one.id in values]


def list_directory() -> list[str]:
    """The names, in the reader's language, of the organisations that the public finds in our events.

    Others act on this site in confidence, and no list may tell of them.
    """
    shown = (Event.status != "draft") & (Event.visibility == "public")
    runs = select(Event.organisation_id).where(shown)
    helps = select(Partner.organisation_id).join(Event, Event.id == Partner.event_id).where(shown)
    query = select(Organisation.name).where(Organisation.id.in_(runs.union(helps))).limit(MOST_LISTED)
    return sorted({str(name.in_(language())) for name in db.session.scalars(query)})


def directory_for(questions: Iterable[Question]) -> list[str]:
    """The names to choose from, where one of the questions asks for an organisation."""
    return list_directory() if any(one.kind == "organisation" for one in questions) else []


def find_organisation(name: str) -> UUID | None:
    """The organisation of a name in any language, or of a short name, however its letters are written."""
    wanted = name.casefold()
    for its_id, named, short in db.session.execute(
        select(Organisation.id, Organisation.name, Organisation.short_name).order_by(Organisation.slug)
    ):
        if wanted in {text.casefold() for text in (*named.texts.values(), short or "") if text}:
            found: UUID = its_id
            return found
    return None


def list_templates(event: Event) -> Sequence[FormTemplate]:
    """The forms that the event's organisation keeps."""
    query = select(FormTemplate).where(FormTemplate.organisation_id == event.organisation_id)
    return db.session.scalars(query.order_by(FormTemplate.name)).all()


def get_file(registration: Registration, question_id: UUID) -> StoredFile:
    """The file that somebody sent as an answer; raises NotFound."""
    query = select(Answer).where(Answer.registration_id == registration.id, Answer.question_id == question_id)
    answer = db.session.scalar(query)
    file = db.session.get(StoredFile, UUID(answer.value["file_id"])) if answer and _is_file(answer.value) else None
    if file is None or file.kind != FILE:
        raise NotFound
    return file


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and "file_id" in value


def may_open_file(actor: Actor, file: StoredFile) -> bool:
    """Whether somebody may open a file that is an answer: those who read the answers to its question."""
    answer = db.session.get(Answer, file.owner_id)
    if answer is None or not _is_file(answer.value) or answer.value["file_id"] != str(file.id):
        return False
    question, registration = (
        db.session.get(Question, answer.question_id),
        db.session.get(Registration, answer.registration_id),
    )
    return bool(question and registration and policy.may_read_answers(actor, registration.event, question))
