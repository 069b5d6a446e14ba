"""That somebody came, told to them; counted for ever, without their name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.registrations.models import Registration

from .models import Arrival


def told(registration: Registration) -> dict[str, Any]:
    """When they were let in, and where."""
    query = select(Arrival).where(Arrival.registration_id == registration.id, Arrival.undone_at.is_(None))
    rows = db.session.scalars(query.options(joinedload(Arrival.session)).order_by(Arrival.made_at, Arrival.id))
    return {
        "arrivals": [
            {
                "at": one.made_at,
                "door": one.door_name,
                "session": str(one.session.title.in_(registration.language)) if one.session else None,
            }
            for one in rows
        ]
    }


def erase(actor: Actor, registration: Registration) -> None:
    """Their arrivals stay, for so many came; they lead to a registration that says of nobody who it was."""
