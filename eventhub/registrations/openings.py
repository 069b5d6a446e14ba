"""What whoever would register at an event finds there, in as few questions as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, exists

from eventhub.events.models import Event
from eventhub.foundation.db import db

from .consents import queries as consents
from .consents.models import ConsentAsk
from .consents.queries import Ask
from .models import Pool, Rights
from .queries import SEATS_OF_EVENT, Seats
from .questions import queries as questions
from .questions.models import Question
from .rights import RightsPlan


@dataclass(frozen=True, slots=True)
class Opening:
    """How the pools of an event stand, what its registrants may do, and what they are asked besides."""

    seats: list[Seats]
    rights: RightsPlan
    questions: list[Question]
    asks: list[Ask]


# Made once: every look at a form, and every form that is sent, asks it.
_OPENING: Select[Any] = (
    SEATS_OF_EVENT.outerjoin(Rights, Rights.event_id == Pool.event_id)
    .add_columns(
        Rights,
        exists().where(Question.event_id == bindparam("event_id")),
        exists().where(ConsentAsk.event_id == bindparam("event_id")),
    )
    .group_by(Rights.id)
)


def opening_of(event: Event) -> Opening:
    """What the form of an event is made of; of one without pools there is none, and nothing to ask.

    Most events ask nothing besides, and have settled nothing: what is not there is not asked for.
    """
    rows = db.session.execute(_OPENING, {"event_id": event.id}).all()
    rights, has_questions, has_settled = rows[0][3:] if rows else (None, False, False)
    return Opening(
        seats=[Seats(pool, taken, waiting) for pool, taken, waiting, *_ in rows],
        rights=RightsPlan.of(rights) if rights else RightsPlan(),
        questions=questions.asked(event, questions.list_questions(event.id)) if has_questions else [],
        asks=consents.list_asked(event, has_settled=has_settled),
    )
