"""Finding letters."""

from __future__ import annotations

from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.registrations.models import Place, Registration

from .models import Letter

PAGE = 50


def list_page(event: Event, state: str, number: int) -> Pagination:
    """One page of an event's letters, the newest first; of one state where one is named."""
    query = select(Letter).where(Letter.event_id == event.id)
    if state:
        query = query.where(Letter.state == state)
    query = query.order_by(Letter.created_at.desc(), Letter.id)
    return db.paginate(query, page=number, per_page=PAGE, error_out=False)


def get_of_event(event: Event, letter_id: UUID) -> Letter:
    """A letter, if it is one about this event; raises NotFound."""
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.event_id != event.id:
        raise NotFound
    return letter


def count_failed(event: Event) -> int:
    """How many letters about an event could not be delivered."""
    failed = select(func.count(Letter.id)).where(Letter.event_id == event.id, Letter.state == "failed")
    return db.session.scalar(failed) or 0


def count_readers(event: Event) -> int:
    """How many people a letter to all registrants of an event would reach."""
    query = (
        select(func.count(Registration.id.distinct()))
        .join(Registration.places)
        .where(Registration.event_id == event.id, Registration.address.is_not(None))
        .where(Place.state.in_(("confirmed", "waitlisted")))
    )
    return db.session.scalar(query) or 0
