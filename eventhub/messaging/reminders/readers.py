"""As whom a rule's letter can be looked at: some of those to whom it goes, each with what it tells them of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, union_all

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.people.models import Person
from eventhub.registrations.models import EventInvitation, Registration

from .models import ReminderRule
from .queries import Occasion, people_for

# So many of those whom a rule is for can be chosen to look at their letter.
MOST_OFFERED = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whom a rule is for, by id and name, and the first of what it tells them of."""

    who_id: UUID
    name: str
    occasion: Occasion


def list_readers(rule: ReminderRule, event: Event, occasions: Sequence[Occasion]) -> list[Reader]:
    """Some of those whom a rule is for, with the first of these occasions of which it tells them, in their order.

    Where there are more than can be offered, those of one occasion leave room for those of the others.
    """
    if rule.occasion == "session" and rule.audience == "registrants":
        occasions = occasions[:1]  # it tells all of them of each
    parts = []
    for number, occasion in enumerate(occasions):
        query, person = people_for(rule, event, occasion, None)
        meant = query.with_only_columns(person.label("who_id"), literal(number).label("number"),
                                        maintain_column_froms=True)  # fmt: skip
        parts.append(meant.order_by(None))
    if not parts:
        return []
    found = union_all(*parts).subquery()
    first = select(found.c.who_id, func.min(found.c.number).label("number")).group_by(found.c.who_id).subquery()
    model: Any
    order: Sequence[Any]
    if rule.audience in {"speakers", "moderators"}:
        model, order = Person, (Person.sort_key, Person.id)
    else:
        model = EventInvitation if rule.audience == "guests" else Registration
        order = (model.created_at.desc(), model.id)
    place = func.row_number().over(partition_by=first.c.number, order_by=order)
    named = select(model, first.c.number, place).join(first, first.c.who_id == model.id)
    rows = db.session.execute(named.order_by(place, first.c.number).limit(MOST_OFFERED)).all()
    return [
        Reader(one.id, one.names.in_(one.language) if model is Person else one.name, occasions[number])
        for one, number, _ in sorted(rows, key=lambda row: (row[1], row[2]))
    ]
