"""What somebody's private calendar has told them, told and erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.registrations.models import Registration

from .models import CalendarHolder


def told(registration: Registration) -> dict[str, Any]:
    """How often their private calendar had something new for them."""
    holder = db.session.get(CalendarHolder, registration.id)
    return {"revision": holder.revision} if holder else {}


def erase(actor: Actor, registration: Registration) -> None:
    """Nothing of what their calendar was told; its address is void with the registration's."""
    db.session.execute(delete(CalendarHolder).where(CalendarHolder.holder_id == registration.id))
