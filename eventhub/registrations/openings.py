"""What whoever would register at an event finds there, in as few questions as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, exists, func, select
from sqlalchemy.orm import contains_eager

from eventhub.events import queries as events
from eventhub.events.models import Event, Partner
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db

from .consents import queries as consents
from .consents.models import ConsentAsk
from .consents.queries import Ask
from .models import Place, Pool, Rights
from .queries import TAKEN, WAITING, Seats
from .questions import queries as questions
from .questions.models import Question
from .rights import RightsPlan


@dataclass(frozen=True, slots=True)
class Opening:
    """An event, how its pools stand, what its registrants may do, and what they are asked besides."""

    event: Event
    seats: list[Seats]
    rights: RightsPlan
    questions: list[Question]
    asks: list[Ask]


# Made once: every look at a form, and every form that is sent, asks it. What is counted is one row for each pool, so
# that no event is carried along with each of its places.
_SLUG: BindParameter[str] = bindparam("slug")
_STANDING = (
    select(Place.pool_id, TAKEN.label("taken"), WAITING.label("waiting"))
    .join(Place.pool)
    .join(Pool.event)
    .where(Event.slug == _SLUG)
    .group_by(Place.pool_id)
    .subquery()
)
_OPENING: Select[Any] = (
    select(Event)
    .join(Event.organisation)
    .options(contains_eager(Event.organisation))
    .add_columns(
        Pool,
        func.coalesce(_STANDING.c.taken, 0),
        func.coalesce(_STANDING.c.waiting, 0),
        Rights,
        exists().where(Partner.event_id == Event.id),
        exists().where(Question.event_id == Event.id),
        exists().where(ConsentAsk.event_id == Event.id),
    )
    .outerjoin(Pool, Pool.event_id == Event.id)
    .outerjoin(_STANDING, _STANDING.c.pool_id == Pool.id)
    .outerjoin(Rights, Rights.event_id == Event.id)
    .where(Event.slug == _SLUG)
    .order_by(Pool.position, Pool.key)
)


def opening_of(actor: Actor, slug: str) -> Opening | None:
    """The event of a slug, if the actor may see it, and what its form is made of; None for no slug of today.

    Most events ask nothing besides, have settled nothing, and are run by one organisation: what is not there is not
    asked for. Raises NotFound.
    """
    rows = db.session.execute(_OPENING, {"slug": slug}).all()
    if not rows:
        return None
    event, _, _, _, rights, has_partners, has_questions, has_settled = rows[0]
    events.give_partners(event, are_there=has_partners)
    events.check_visible(actor, event)
    return Opening(
        event=event,
        seats=[Seats(pool, taken, waiting) for _, pool, taken, waiting, *_ in rows if pool],
        rights=RightsPlan.of(rights) if rights else RightsPlan(),
        questions=questions.asked(event, questions.list_questions(event.id)) if has_questions else [],
        asks=consents.list_asked(event, has_settled=has_settled),
    )
