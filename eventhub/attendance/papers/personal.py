"""What papers keep of one person, to be told them and to be erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.permissions import require
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import may_edit_registration

from .models import PrintedBadge


def told(registration: Registration) -> dict[str, Any]:
    """When a badge of theirs was printed, if one was."""
    printed = _of(registration)
    return {"badge_printed_at": printed.created_at.isoformat()} if printed else {}


@use_case
def erase(actor: Actor, registration: Registration) -> None:
    """Nothing of a badge of theirs any more: what is kept is a digest, by which a name could be guessed."""
    require(may_edit_registration(actor, registration), hidden=True)
    if printed := _of(registration):
        db.session.delete(printed)


def _of(registration: Registration) -> PrintedBadge | None:
    query = select(PrintedBadge).where(
        PrintedBadge.event_id == registration.event_id, PrintedBadge.who_id == registration.id
    )
    return db.session.scalar(query)
