"""What waits for the organisers of an event, as far as one of them may decide it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import false, func, select

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db

from . import policy
from .models import Place, Pool, Substitution
from .visa import policy as visa_policy
from .visa.models import VisaRequest


class Waiting(NamedTuple):
    """How many places, substitutes and letters for a visa are to be decided."""

    pending: int
    wishes: int
    letters: int


def count_waiting(actor: Actor, event: Event) -> Waiting:
    """All of it by one question; what this actor does not decide counts nothing."""
    pending = select(func.count(Place.id)).join(Place.pool).where(Pool.event_id == event.id, Place.state == "pending")
    wishes = select(func.count(Substitution.id)).where(Substitution.event_id == event.id)
    # Whose data are erased, as of those who cancelled, needs no letter.
    letters = select(func.count(VisaRequest.id)).where(VisaRequest.event_id == event.id, VisaRequest.state == "asked")
    letters = letters.where(VisaRequest.sealed.is_not(None))
    if not policy.may_manage_registrations(actor, event):
        wishes = wishes.where(false())
    if not visa_policy.may_issue_letters(actor, event):
        letters = letters.where(false())
    parts = (query.scalar_subquery() for query in (pending, wishes, letters))
    return Waiting(*db.session.execute(select(*parts)).one())
