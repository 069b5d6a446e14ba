"""What somebody answered, told to them and erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.registrations.models import Registration

from . import answers, queries, words
from .models import Answer, ChosenOption


def told(registration: Registration) -> dict[str, Any]:
    """Each question that they answered, and their answer, as they read it."""
    questions = queries.list_questions(registration.event_id)
    found = queries.list_answered(questions, queries.values_of(registration.id)) if questions else []
    return {
        "answers": [
            {
                "question": str(one.question.label.in_(registration.language)),
                "answer": words.told(one.question, one.value),
            }
            for one in found
        ]
    }


def erase(actor: Actor, registration: Registration) -> None:
    """None of their answers, nor a file that was one."""
    for answer in db.session.scalars(select(Answer).where(Answer.registration_id == registration.id)).all():
        answers.drop_file(answer.value)
        db.session.execute(delete(ChosenOption).where(ChosenOption.answer_id == answer.id))
        db.session.delete(answer)
    db.session.flush()
