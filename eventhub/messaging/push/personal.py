"""The devices on which somebody is told, told to them and erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.registrations.models import Registration

from . import queries
from .models import PushSubscription


def told(registration: Registration) -> dict[str, Any]:
    """By whose services they are told, since when, and when last; the keys are for their browser alone."""
    return {
        "devices": [
            {"push_service": one.host, "since": one.created_at, "sent_at": one.sent_at}
            for one in queries.devices_of(registration.id)
        ]
    }


def erase(actor: Actor, registration: Registration) -> None:
    """None of them any more."""
    db.session.execute(delete(PushSubscription).where(PushSubscription.registration_id == registration.id))
