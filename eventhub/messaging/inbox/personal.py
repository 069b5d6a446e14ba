"""That letters do not reach somebody: told to them, and erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.registrations.models import Registration

from .models import MarkedAddress
from .queries import find_mark


def told(registration: Registration) -> dict[str, Any]:
    """Why letters to their address do not go any more, and since when."""
    marked = find_mark(registration.event.organisation_id, registration.address)
    return {"undelivered_since": marked.created_at, "reason": marked.reason} if marked else {}


def erase(actor: Actor, registration: Registration) -> None:
    """Nothing of it; should they be registered elsewhere with that address, the next letter shows it again."""
    marked = MarkedAddress.address == registration.address
    of_organiser = MarkedAddress.organisation_id == registration.event.organisation_id
    db.session.execute(delete(MarkedAddress).where(marked, of_organiser))
