"""That somebody was reminded, erased with them; what was written to them is told with all their letters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.registrations import personal as registrations
from eventhub.registrations.models import Registration

from .models import Reminder


def told(registration: Registration) -> dict[str, Any]:
    """Nothing beside the letters themselves."""
    return {}


def erase(actor: Actor, registration: Registration) -> None:
    """None of it any more, nor of their invitations."""
    ids = [registration.id, *(one.id for one in registrations.invitations_of(registration))]
    db.session.execute(delete(Reminder).where(Reminder.recipient_id.in_(ids)))
